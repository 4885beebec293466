import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, MonitorSmartphone } from 'lucide-react';
import type { PasskeyList, SessionList } from '../people/api.ts';
import { addPasskey, deviceLabel } from './account.ts';
import { Button, Loaded, Problem } from './controls.tsx';
import { api } from './fetcher.ts';
import { age, moment } from './format.ts';
import { useAction } from './gate.tsx';
import css from './kit.module.css';

interface SignInsText {
  readonly passkeys: string;
  readonly addPasskey: string;
  readonly synced: string;
  readonly onDevice: string;
  readonly used: (age: string) => string;
  readonly neverUsed: string;
  readonly remove: string;
  readonly sessions: string;
  readonly current: string;
  readonly signedIn: (when: string) => string;
  readonly end: string;
}

/** The signed-in person's passkeys; the last one cannot be removed. */
export function MyPasskeys({ text }: { readonly text: SignInsText }) {
  const queries = useQueryClient();
  const passkeys = useQuery({ queryKey: ['my-passkeys'], queryFn: () => api<PasskeyList>('me/passkeys') });
  const add = useAction(async () => {
    await addPasskey();
    await queries.invalidateQueries({ queryKey: ['my-passkeys'] });
  });
  return (
    <section className={css.stack}>
      <h2>{text.passkeys}</h2>
      <Loaded query={passkeys}>
        {({ items }) => (
          <ul className={css.entries}>
            {items.map((passkey) => (
              <li key={passkey.id}>
                <KeyRound size={22} aria-hidden="true" />
                <span className={css.entryText}>
                  <strong>{passkey.label}</strong>
                  <span className={css.hint}>
                    {passkey.synced ? text.synced : text.onDevice} ·{' '}
                    {passkey.lastUsedAtMs === null ? text.neverUsed : text.used(age(passkey.lastUsedAtMs))}
                  </span>
                </span>
                {items.length > 1 ? (
                  <Remove path={`me/passkeys/${passkey.id}`} action={text.remove} what={passkey.label} />
                ) : null}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <Problem error={add.error} />
      <div>
        <Button onPress={add.run} busy={add.busy}>
          {text.addPasskey}
        </Button>
      </div>
    </section>
  );
}

/** Where the person is signed in; this browser's own session is ended by signing out. */
export function MySessions({ text }: { readonly text: SignInsText }) {
  const sessions = useQuery({ queryKey: ['my-sessions'], queryFn: () => api<SessionList>('me/sessions') });
  return (
    <section className={css.stack}>
      <h2>{text.sessions}</h2>
      <Loaded query={sessions}>
        {({ items }) => (
          <ul className={css.entries}>
            {items.map((session) => (
              <li key={session.id}>
                <MonitorSmartphone size={22} aria-hidden="true" />
                <span className={css.entryText}>
                  <strong>{deviceLabel(session.userAgent)}</strong>
                  <span className={css.hint}>
                    {session.current ? text.current : text.used(age(session.lastUsedAtMs))} ·{' '}
                    {text.signedIn(moment(session.createdAtMs))}
                  </span>
                </span>
                {session.current ? null : (
                  <Remove path={`me/sessions/${session.id}`} action={text.end} what={deviceLabel(session.userAgent)} />
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

/** Deletes one thing at the server and asks again for what is on the screen. */
export function Remove({
  path,
  action,
  what,
}: {
  readonly path: string;
  readonly action: string;
  readonly what: string;
}) {
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(path, { method: 'DELETE' });
    await queries.invalidateQueries();
  });
  return (
    <div className={css.row}>
      <Problem error={error} />
      <Button kind="quiet" onPress={run} busy={busy} label={`${action}: ${what}`}>
        {action}
      </Button>
    </div>
  );
}
