import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { KeyRound, MonitorSmartphone, Smartphone } from 'lucide-react';
import type { OwnDevices } from '../../devices/api.ts';
import type { PasskeyList, SessionList } from '../../people/api.ts';
import {
  addPasskey,
  age,
  api,
  Button,
  deviceLabel,
  Loaded,
  Problem,
  State,
  signOut,
  useAction,
  useMe,
} from '../../ui/index.ts';
import { useMyAccess } from '../my-access.ts';
import { text } from '../text.ts';
import css from '../workspace.module.css';
import { ACCESS_KIND } from './today.tsx';

export function MePage() {
  const me = useMe();
  const queries = useQueryClient();
  const passkeys = useQuery({ queryKey: ['my-passkeys'], queryFn: () => api<PasskeyList>('me/passkeys') });
  const sessions = useQuery({ queryKey: ['my-sessions'], queryFn: () => api<SessionList>('me/sessions') });
  const access = useMyAccess();
  const own = useQuery({ queryKey: ['my-devices'], queryFn: () => api<OwnDevices>('me/devices') });
  const nameOf = (id: string | null): string =>
    own.data?.items.find((item) => item.id === id)?.name ?? text.today.device;
  const add = useAction(async () => {
    await addPasskey();
    await queries.invalidateQueries({ queryKey: ['my-passkeys'] });
  });
  const leave = useAction(async () => {
    await signOut();
    await queries.resetQueries();
  });
  return (
    <div className={css.page}>
      <header className={css.section}>
        <h1>{me.data?.displayName}</h1>
        <p className={css.lead}>{me.data?.email}</p>
      </header>
      <section className={css.section}>
        <h2>{text.me.devices}</h2>
        <Loaded query={access}>
          {({ devices, thisBrowser }) =>
            devices.length === 0 ? (
              <p className={css.lead}>{text.me.noDevices}</p>
            ) : (
              <ul className={css.list}>
                {devices.map((device) => (
                  <li key={device.deviceId} className={css.item}>
                    <Smartphone size={22} aria-hidden="true" />
                    <span className={css.itemText}>
                      <strong>{nameOf(device.deviceId)}</strong>
                      {device.deviceId === thisBrowser.deviceId ? (
                        <span className={css.small}>{text.me.current}</span>
                      ) : null}
                      <Link to="/" className={css.small}>
                        {text.today.fixTitle}
                      </Link>
                    </span>
                    <State kind={ACCESS_KIND[device.state]}>{text.today.states[device.state]}</State>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <section className={css.section}>
        <h2>{text.me.passkeys}</h2>
        <Loaded query={passkeys}>
          {({ items }) => (
            <ul className={css.list}>
              {items.map((passkey) => (
                <li key={passkey.id} className={css.item}>
                  <KeyRound size={22} aria-hidden="true" />
                  <span className={css.itemText}>
                    <strong>{passkey.label}</strong>
                    <span className={css.small}>
                      {passkey.synced ? text.me.synced : text.me.onDevice} ·{' '}
                      {passkey.lastUsedAtMs === null ? text.me.neverUsed : text.me.used(age(passkey.lastUsedAtMs))}
                    </span>
                  </span>
                  {items.length > 1 ? (
                    <Remove path={`me/passkeys/${passkey.id}`} action={text.me.remove} what={passkey.label} />
                  ) : null}
                </li>
              ))}
            </ul>
          )}
        </Loaded>
        <Problem error={add.error} />
        <div>
          <Button onPress={add.run} busy={add.busy}>
            {text.me.addPasskey}
          </Button>
        </div>
      </section>
      <section className={css.section}>
        <h2>{text.me.sessions}</h2>
        <Loaded query={sessions}>
          {({ items }) => (
            <ul className={css.list}>
              {items.map((session) => (
                <li key={session.id} className={css.item}>
                  <MonitorSmartphone size={22} aria-hidden="true" />
                  <span className={css.itemText}>
                    <strong>{deviceLabel(session.userAgent)}</strong>
                    <span className={css.small}>
                      {session.current ? text.me.current : text.me.used(age(session.lastUsedAtMs))}
                    </span>
                  </span>
                  {session.current ? null : (
                    <Remove
                      path={`me/sessions/${session.id}`}
                      action={text.me.end}
                      what={deviceLabel(session.userAgent)}
                    />
                  )}
                </li>
              ))}
            </ul>
          )}
        </Loaded>
        <Problem error={leave.error} />
        <div>
          <Button onPress={leave.run} busy={leave.busy}>
            {text.me.signOut}
          </Button>
        </div>
      </section>
    </div>
  );
}

function Remove({ path, action, what }: { readonly path: string; readonly action: string; readonly what: string }) {
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(path, { method: 'DELETE' });
    await queries.invalidateQueries();
  });
  return (
    <>
      <Problem error={error} />
      <Button kind="quiet" onPress={run} busy={busy} label={`${action}: ${what}`}>
        {action}
      </Button>
    </>
  );
}
