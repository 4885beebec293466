import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { artefactName } from '../detection/report/index.ts';
import type { CaseDetail, FindingItem, FindingList } from '../findings/api.ts';
import { api, Button, Field, kit, Loaded, moment, Problem, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { caseText } from './text-cases.ts';

/** Beyond so many, nobody reads on; each is named all the same. */
const SHOWN_TRACES = 200;

interface CaseClosingProps {
  readonly detail: CaseDetail;
  readonly mayWork: boolean;
  readonly name: (personId: string | null) => string;
}

/** How a case ends: laid aside, proposed by one person, signed off by another. */
export function CaseClosing({ detail, mayWork, name }: CaseClosingProps) {
  const { case: item } = detail;
  const proposed = item.proposedAtMs !== null && item.conclusion !== null;
  if (item.status === 'closed') {
    return (
      <section className={css.section}>
        <h2>{caseText.concluded}</h2>
        <p className={css.lead}>{item.conclusion}</p>
      </section>
    );
  }
  return (
    <section className={css.section}>
      <h2>{caseText.close}</h2>
      <p className={css.lead}>{mayWork || detail.ownPhone ? caseText.closeText : caseText.mayNot}</p>
      {proposed ? (
        <>
          <p>{caseText.proposal(name(item.proposedBy), moment(item.proposedAtMs))}</p>
          <blockquote className={css.lead}>{item.conclusion}</blockquote>
        </>
      ) : null}
      {mayWork ? <Steps detail={detail} proposed={proposed} /> : null}
    </section>
  );
}

function Steps({ detail, proposed }: { readonly detail: CaseDetail; readonly proposed: boolean }) {
  const { id, status, proposedBy, proposedAtMs } = detail.case;
  const [conclusion, setConclusion] = useState('');
  const me = useMe().data?.id;
  const queries = useQueryClient();
  const post = async (what: string, body: object): Promise<void> => {
    await api(`cases/${id}/${what}`, { body });
    await queries.invalidateQueries();
  };
  const next = status === 'in-work' ? 'waiting' : 'in-work';
  const move = useAction(() => post('status', { status: next }));
  const propose = useAction(() => post('closing', { conclusion }));
  const moveButton = (
    <Button onPress={move.run} busy={move.busy}>
      {proposed && proposedBy !== me
        ? caseText.signNot
        : proposed || status === 'waiting'
          ? caseText.again
          : caseText.move[next]}
    </Button>
  );
  if (proposed) {
    const mine = proposedBy === me;
    return (
      <>
        <Problem error={move.error} />
        {mine ? (
          <>
            <p className={css.lead}>{caseText.signOther}</p>
            <div>{moveButton}</div>
          </>
        ) : (
          <SignOff detail={detail} sign={(traces) => post('sign-off', { proposedAtMs, traces })} not={moveButton} />
        )}
      </>
    );
  }
  return (
    <>
      <Field
        label={caseText.conclusion}
        hint={caseText.conclusionHint}
        value={conclusion}
        onChange={setConclusion}
        lines
      />
      <Problem error={propose.error ?? move.error} />
      <div className={kit.row}>
        <Button kind="primary" onPress={propose.run} busy={propose.busy} disabled={conclusion.trim().length < 10}>
          {caseText.propose}
        </Button>
        {moveButton}
      </div>
    </>
  );
}

interface SignOffProps {
  readonly detail: CaseDetail;
  readonly sign: (traces: object[]) => Promise<void>;
  /** How the proposal is turned down. */
  readonly not: React.ReactNode;
}

/** What is read is named: the server takes the signature only for the traces that stand here, as they stand here. */
function SignOff({ detail, sign, not }: SignOffProps) {
  const { id: caseId, openFindings } = detail.case;
  const traces = useQuery({ queryKey: ['case', caseId, 'traces'], queryFn: () => openTraces(caseId) });
  const { run, busy, error } = useAction(() => sign((traces.data ?? []).map(({ id, hash }) => ({ id, hash }))));
  return (
    <Loaded query={traces}>
      {(items) => (
        <>
          <p>{items.length === 0 ? caseText.noTraces : caseText.tracesToClear(items.length)}</p>
          <ul className={css.rows}>
            {items.slice(0, SHOWN_TRACES).map((trace) => (
              <li key={trace.id}>
                <span>
                  <Link to="/findings/$id" params={{ id: trace.id }}>
                    {trace.title}
                  </Link>
                  <div className={css.small}>
                    {artefactName(trace.artefact)} · {trace.path}
                  </div>
                  <div className={kit.mono}>{trace.value.slice(0, 200)}</div>
                </span>
                <span className={css.small}>{caseText.hash(trace.hash)}</span>
              </li>
            ))}
          </ul>
          {items.length > SHOWN_TRACES ? <p className={css.small}>{caseText.tracesMore(items.length)}</p> : null}
          {openFindings > items.length ? <p>{caseText.othersToClear(openFindings - items.length)}</p> : null}
          <Problem error={error} />
          <div className={kit.row}>
            <Button kind="primary" onPress={run} busy={busy}>
              {caseText.sign}
            </Button>
            {not}
          </div>
        </>
      )}
    </Loaded>
  );
}

/** Every open trace of a case, page by page. */
async function openTraces(caseId: string): Promise<FindingItem[]> {
  const items: FindingItem[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = new URLSearchParams({ case: caseId, state: 'open', verdict: 'trace', limit: '500' });
    if (cursor !== '') query.set('cursor', cursor);
    const page: FindingList = await api<FindingList>(`findings?${query}`);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}
