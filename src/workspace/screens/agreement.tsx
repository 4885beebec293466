import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AgreementsReply, AgreementView, ChallengeReply, SignatureReply } from '../../training/api.ts';
import { api, Button, kit, Loaded, moment, Problem, State, useAction, usePasskeyOnce } from '../../ui/index.ts';
import { text } from '../text.ts';
import css from '../workspace.module.css';

export function Agreement() {
  const { id }: { id: string } = useParams({ from: '/shell/agreements/$id' });
  const agreements = useQuery({ queryKey: ['my-agreements'], queryFn: () => api<AgreementsReply>('me/agreements') });
  return (
    <Loaded query={agreements}>
      {({ items }) => {
        const agreement = items.find((item) => item.id === id);
        return agreement ? <Text agreement={agreement} /> : null;
      }}
    </Loaded>
  );
}

function Text({ agreement }: { readonly agreement: AgreementView }) {
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    const path = `me/agreements/${encodeURIComponent(agreement.id)}`;
    const { challenge, nonce } = await api<ChallengeReply>(`${path}/challenge`, { method: 'POST', body: {} });
    const response = await usePasskeyOnce({ challenge, userVerification: 'required', rpId: location.hostname });
    await api<SignatureReply>(`${path}/signature`, { body: { nonce, response } });
    await queries.invalidateQueries();
  });
  const version = text.agreement.version(agreement.version);
  return (
    <article className={css.page}>
      <header className={css.section}>
        <h1>{agreement.title}</h1>
        {agreement.markdown.includes(version) ? null : <p className={css.small}>{version}</p>}
      </header>
      <div className={css.prose} lang={agreement.language}>
        {blocks(agreement.markdown)}
      </div>
      <footer className={css.section}>
        <p className={css.small}>
          {text.agreement.hash}: <span className={kit.mono}>{agreement.sha256}</span>
        </p>
        {agreement.signedAtMs === null ? (
          <>
            <p className={css.lead}>{text.agreement.note}</p>
            <Problem error={error} />
            <div>
              <Button kind="primary" large onPress={run} busy={busy}>
                {busy ? text.agreement.signing : text.agreement.sign}
              </Button>
            </div>
          </>
        ) : (
          <div>
            <State kind="fine">{text.agreement.signed(moment(agreement.signedAtMs))}</State>
          </div>
        )}
      </footer>
    </article>
  );
}

/** Headings, lists and paragraphs: all the Markdown that a text to sign may use. Nothing becomes HTML. */
function blocks(markdown: string): ReactNode[] {
  return markdown
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map((block) => {
      if (block.startsWith('# ')) return null; // the title stands above already
      if (block.startsWith('#')) return <h2 key={block}>{block.replace(/^#+\s*/, '')}</h2>;
      if (/^[-*] /.test(block)) {
        return (
          <ul key={block}>
            {block.split(/\n(?=[-*] )/).map((line) => (
              <li key={line}>{line.replace(/^[-*] /, '')}</li>
            ))}
          </ul>
        );
      }
      if (/^\d+\. /.test(block)) {
        return (
          <ol key={block}>
            {block.split(/\n(?=\d+\. )/).map((line) => (
              <li key={line}>{line.replace(/^\d+\. /, '')}</li>
            ))}
          </ol>
        );
      }
      return <p key={block}>{block.replaceAll('**', '')}</p>;
    });
}
