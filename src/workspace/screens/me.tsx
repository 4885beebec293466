import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight, ScanSearch, Smartphone } from 'lucide-react';
import type { OwnDevices } from '../../devices/api.ts';
import {
  AllNotices,
  age,
  api,
  Button,
  Loaded,
  MyPasskeys,
  MySessions,
  Problem,
  refusalWords,
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
  const access = useMyAccess();
  const own = useQuery({ queryKey: ['my-devices'], queryFn: () => api<OwnDevices>('me/devices') });
  const nameOf = (id: string | null): string =>
    own.data?.items.find((item) => item.id === id)?.name ?? text.today.device;
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
                      <TurnedAway refusals={own.data?.items.find(({ id }) => id === device.deviceId)?.refusals} />
                      <Link to="/" className={css.itemLink}>
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
        <Link to="/check" className={css.item}>
          <ScanSearch size={22} aria-hidden="true" />
          <span className={css.itemText}>
            <strong>{text.me.check}</strong>
            <span className={css.small}>{text.me.checkText}</span>
          </span>
          <ChevronRight size={18} aria-hidden="true" />
        </Link>
      </section>
      <MyPasskeys text={text.me} />
      <MySessions text={text.me} />
      <AllNotices text={text.me} />
      <section className={css.section}>
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

const WEEK_MS = 7 * 86_400_000;

/** The newest reason of this week for which the server refused what a phone sent: its owner may be the only one who can mend it. */
function TurnedAway({ refusals }: { readonly refusals: OwnDevices['items'][number]['refusals'] | undefined }) {
  const newest = refusals?.[0];
  if (newest === undefined || Date.now() - newest.lastAtMs > WEEK_MS) return null;
  return <span className={css.small}>{text.me.turnedAway(refusalWords(newest), age(newest.lastAtMs))}</span>;
}
