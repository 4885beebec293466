import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight, ScanSearch, Smartphone } from 'lucide-react';
import type { ReasonView } from '../../access/api.ts';
import type { OwnDevices } from '../../devices/api.ts';
import {
  AllNotices,
  age,
  api,
  Button,
  foldReasons,
  Loaded,
  MyPasskeys,
  MySessions,
  ownRefusalWords,
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
        <p className={css.lead}>{me.data ? `${me.data.email} · ${text.me.roles[me.data.role]}` : null}</p>
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
                      <span className={css.spread}>
                        <strong>{nameOf(device.deviceId)}</strong>
                        <State kind={ACCESS_KIND[device.state]}>{text.today.states[device.state]}</State>
                      </span>
                      {device.deviceId === thisBrowser.deviceId ? (
                        <span className={css.small}>{text.me.current}</span>
                      ) : null}
                      <Why reasons={device.reasons} />
                      <TurnedAway refusals={own.data?.items.find(({ id }) => id === device.deviceId)?.refusals} />
                      {device.reasons.length === 0 ? null : (
                        <Link to="/" className={css.itemLink}>
                          {text.today.fixTitle}
                        </Link>
                      )}
                    </span>
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

/** The worst of what is the matter; all of it stands under Today. */
function Why({ reasons }: { readonly reasons: readonly ReasonView[] }) {
  const folded = foldReasons(reasons);
  const [worst] = folded;
  if (worst === undefined) return null;
  return <span className={css.small}>{text.me.why(worst.sentence, folded.length)}</span>;
}

const WEEK_MS = 7 * 86_400_000;

/** The newest reason of this week for which the server refused what a phone sent: its owner may be the only one who can mend it. */
function TurnedAway({ refusals }: { readonly refusals: OwnDevices['items'][number]['refusals'] | undefined }) {
  const newest = refusals?.[0];
  if (newest === undefined || Date.now() - newest.lastAtMs > WEEK_MS) return null;
  return <span className={css.small}>{text.me.turnedAway(ownRefusalWords(newest), age(newest.lastAtMs))}</span>;
}
