import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { OidcProviderReply, OidcTestReply } from '../people/api.ts';
import { api, Button, cx, Dialog, Field, kit, Loaded, Problem, State, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { Secret } from './secret.tsx';
import { text } from './text.ts';

const PATH = 'people/identity-provider';
const say = text.settings.provider;

/** Sign-in through the organisation's identity provider: owners set, test and remove it, administrators read it. */
export function IdentityProvider() {
  const me = useMe();
  const may = me.data?.role === 'owner' || me.data?.role === 'administrator';
  const reply = useQuery({
    queryKey: ['identity-provider'],
    queryFn: () => api<OidcProviderReply>(PATH),
    enabled: may,
  });
  if (!may) return null;
  return (
    <section className={css.section}>
      <h2>{say.title}</h2>
      <p className={css.lead}>{say.lead}</p>
      <Loaded query={reply}>
        {({ provider, redirectUri }) => (
          <>
            <div>
              {provider === null ? (
                <State kind="unknown">{say.none}</State>
              ) : (
                <State kind="fine">{say.set(provider.name)}</State>
              )}
            </div>
            {me.data?.role === 'owner' ? (
              <>
                <div className={css.narrow}>
                  <Secret lead={say.redirect} value={redirectUri} copy={say.copyRedirect} />
                </div>
                <ProviderForm key={JSON.stringify(provider)} provider={provider} />
              </>
            ) : (
              <p className={css.small}>{say.ownersOnly}</p>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

const EMPTY = { name: '', issuer: '', clientId: '' };

function ProviderForm({ provider }: { readonly provider: OidcProviderReply['provider'] }) {
  const [draft, setDraft] = useState({ ...(provider ?? EMPTY), clientSecret: '' });
  const [tested, setTested] = useState<OidcTestReply | null>(null);
  const queries = useQueryClient();
  const set = (name: keyof typeof draft) => (value: string) => {
    setDraft({ ...draft, [name]: value });
    if (name === 'issuer') setTested(null);
  };
  const test = useAction(async () => {
    setTested(null);
    setTested(await api<OidcTestReply>(`${PATH}/test`, { body: { issuer: draft.issuer.trim() } }));
  });
  const save = useAction(async () => {
    const { clientSecret, ...rest } = draft;
    const body = { ...rest, issuer: draft.issuer.trim(), ...(clientSecret === '' ? {} : { clientSecret }) };
    await api<OidcProviderReply>(PATH, { method: 'PUT', body });
    await queries.invalidateQueries();
  });
  // A secret stays only with the issuer and client it was made for.
  const kept = provider !== null && provider.issuer === draft.issuer.trim() && provider.clientId === draft.clientId;
  return (
    <form
      className={cx(css.section, css.narrow)}
      onSubmit={(event) => {
        event.preventDefault();
        save.run();
      }}
    >
      <Field label={say.name} hint={say.nameHint} value={draft.name} onChange={set('name')} required />
      <Field label={say.issuer} hint={say.issuerHint} value={draft.issuer} onChange={set('issuer')} required />
      <div className={kit.row}>
        <Button onPress={test.run} busy={test.busy} disabled={draft.issuer.trim() === ''}>
          {test.busy ? say.testing : say.test}
        </Button>
        <span role="status">
          {tested === null || test.error ? null : <State kind="fine">{say.tested(tested.signInHost)}</State>}
        </span>
      </div>
      <Problem error={test.error} />
      <Field label={say.clientId} value={draft.clientId} onChange={set('clientId')} required />
      <Field
        label={say.clientSecret}
        hint={kept ? say.secretKept : say.secretHint}
        type="password"
        value={draft.clientSecret}
        onChange={set('clientSecret')}
        required={!kept}
      />
      <Problem error={save.error} />
      <div className={kit.row}>
        <Button kind="primary" submit busy={save.busy}>
          {provider === null ? say.add : say.save}
        </Button>
        {provider === null ? null : <RemoveProvider name={provider.name} />}
      </div>
    </form>
  );
}

function RemoveProvider({ name }: { readonly name: string }) {
  const [open, setOpen] = useState(false);
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(PATH, { method: 'DELETE' });
    setOpen(false);
    await queries.invalidateQueries();
  });
  return (
    <>
      <Button kind="quiet" onPress={() => setOpen(true)}>
        {say.remove}
      </Button>
      <Dialog title={say.removeTitle(name)} open={open} onClose={() => setOpen(false)}>
        <p>{say.removeText}</p>
        <Problem error={error} />
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={() => setOpen(false)}>{text.cancel}</Button>
          <Button kind="danger" onPress={run} busy={busy}>
            {say.remove}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
