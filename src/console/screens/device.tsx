import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { DeviceAccess } from '../../access/api.ts';
import type { DeviceDetail } from '../../devices/api.ts';
import {
  age,
  api,
  day,
  factLabel,
  factValue,
  foldReasons,
  isTechnical,
  kit,
  Loaded,
  modelName,
  moment,
  State,
  sortFacts,
  systemName,
  Tabs,
  words,
} from '../../ui/index.ts';
import { BrowserLink } from '../browser-link.tsx';
import { CheckCommand } from '../check-command.tsx';
import css from '../console.module.css';
import { Danger } from '../danger.tsx';
import { AppsTab, ChecksTab, CommandsTab, HistoryTab, PolicyTab } from '../device-tabs.tsx';
import { OpenTraces } from '../open-traces.tsx';
import { Openings } from '../openings.tsx';
import { DeviceRefusals } from '../refusals.tsx';
import { Standing } from '../standing.tsx';
import { text } from '../text.ts';

export function DevicePage() {
  const { id }: { id: string } = useParams({ from: '/shell/devices/$id' });
  const device = useQuery({ queryKey: ['device', id], queryFn: () => api<DeviceDetail>(`devices/${id}`) });
  const access = useQuery({
    queryKey: ['device-access', id],
    queryFn: () => api<DeviceAccess>(`devices/${id}/access`),
  });
  return (
    <div className={css.page}>
      <Loaded query={device} title={text.devices.title}>
        {(data) => (
          <>
            <Header device={data} access={access.data} />
            <div className={css.split}>
              <section className={css.section}>
                <h2>{text.device.why}</h2>
                <Loaded query={access}>{(decision) => <Why access={decision} state={data.state} />}</Loaded>
              </section>
              <section className={css.section}>
                <h2>{text.device.facts}</h2>
                <Facts device={data} />
              </section>
            </div>
            <OpenTraces device={data} />
            <DeviceRefusals refusals={data.refusals} />
            <Tabs
              label={data.name}
              tabs={[
                { id: 'policy', title: text.device.tabs.policy, body: () => <PolicyTab id={id} /> },
                { id: 'apps', title: text.device.tabs.apps, body: () => <AppsTab id={id} /> },
                { id: 'commands', title: text.device.tabs.commands, body: () => <CommandsTab id={id} /> },
                { id: 'files', title: text.device.tabs.files, body: () => <Openings by={{ deviceId: id }} /> },
                { id: 'checks', title: text.device.tabs.checks, body: () => <ChecksTab id={id} /> },
                { id: 'history', title: text.device.tabs.history, body: () => <HistoryTab id={id} /> },
              ]}
            />
            <BrowserLink device={data} />
            <CheckCommand device={data} />
            <Danger device={data} access={access.data} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Header({ device, access }: { readonly device: DeviceDetail; readonly access: DeviceAccess | undefined }) {
  return (
    <header className={css.section}>
      <div className={kit.row}>
        <h1>{device.name}</h1>
        {access ? <Standing state={device.state} access={access.state} /> : null}
      </div>
      <p className={css.lead}>
        {[modelName(device.model), systemName(device), text.device.ownership[device.ownership]]
          .filter(Boolean)
          .join(' · ')}{' '}
        ·{' '}
        <Link to="/people/$id" params={{ id: device.person.id }}>
          {device.person.displayName}
        </Link>{' '}
        · <span title={moment(device.lastSeenAtMs)}>{text.device.seen(age(device.lastSeenAtMs))}</span> ·{' '}
        <Link to="/devices/$id/privacy" params={{ id: device.id }}>
          {text.device.sees}
        </Link>
      </p>
      {device.claimFalseAtMs === null ? null : (
        <div>
          <State kind="attention">{text.device.claimMarked(age(device.claimFalseAtMs))}</State>
        </div>
      )}
    </header>
  );
}

/** Every reason with its age and repair, in the decision's order: worst first, unless the device is not in service. */
function Why({ access, state }: { readonly access: DeviceAccess; readonly state: DeviceDetail['state'] }) {
  if (access.reasons.length === 0) return <p className={css.lead}>{text.device.allFine}</p>;
  return (
    <ul>
      {foldReasons(reasonsFor(state, access.reasons)).map((reason) => (
        <li key={`${reason.code}${reason.factName}`} className={css.reason}>
          <div className={css.spread}>
            <strong>{reason.sentence}</strong>
            <State kind={SEVERITY_KIND[reason.severity]}>{text.device.severity[reason.severity]}</State>
          </div>
          <p className={css.small}>
            {[
              reason.sinceMs === undefined || reason.sinceMs < EARLIEST_MS
                ? ''
                : text.device.since(moment(reason.sinceMs)),
              reason.untilMs === undefined ? '' : text.device.until(day(reason.untilMs)),
            ]
              .filter(Boolean)
              .join(' · ')}
          </p>
          <p>{reason.remedy.title}</p>
          {reason.remedy.steps.length > 0 ? (
            <ol>
              {reason.remedy.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** Of a device that is not in service, that comes first: what else would refuse matters once it is. */
function reasonsFor(state: DeviceDetail['state'], reasons: DeviceAccess['reasons']): DeviceAccess['reasons'] {
  const ofDevice = (code: string) => (code.startsWith('device.') ? 0 : 1);
  return state === 'enrolled' ? reasons : reasons.toSorted((a, b) => ofDevice(a.code) - ofDevice(b.code));
}

/** No device was known before 2020: an earlier time stands for a beginning that nobody knows. */
const EARLIEST_MS = Date.UTC(2020, 0);

const SEVERITY_KIND = { block: 'blocked', unknown: 'unknown', grace: 'attention', notice: 'attention' } as const;

function Facts({ device }: { readonly device: DeviceDetail }) {
  const facts = sortFacts(device.facts).filter(({ name }) => name !== 'apps');
  if (facts.length === 0) return <p className={css.lead}>{text.device.noFacts}</p>;
  const technical = facts.filter(isTechnical);
  return (
    <>
      <FactList device={device} facts={facts.filter((fact) => !isTechnical(fact))} />
      {technical.length === 0 ? null : (
        <details className={kit.more}>
          <summary>{text.device.technical(technical.length)}</summary>
          <FactList device={device} facts={technical} />
        </details>
      )}
    </>
  );
}

function FactList({
  device,
  facts,
}: {
  readonly device: DeviceDetail;
  readonly facts: readonly DeviceDetail['facts'][number][];
}) {
  return (
    <dl className={css.facts}>
      {facts.map((fact) => (
        <div key={fact.name}>
          <dt>{factLabel(fact.name)}</dt>
          <dd>{factValue(fact.name, fact.value)}</dd>
          <dd
            className={css.small}
            title={`${words(fact.source.replace(/^[a-z]+\./, ''))}, ${moment(fact.observedAtMs)}`}
          >
            {text.device.told(device.platform, age(fact.observedAtMs))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
