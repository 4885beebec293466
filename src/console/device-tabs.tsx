import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { DevicePolicyReply } from '../access/api.ts';
import type { AuditList } from '../audit/api.ts';
import type { AppList, CommandList, CommandReply } from '../devices/api.ts';
import type { CheckList, FindingList } from '../findings/api.ts';
import { age, api, Button, kit, Loaded, moment, Problem, plain, State, useAction, words } from '../ui/index.ts';
import { actionWords } from './audit-entry.tsx';
import css from './console.module.css';
import { actorName, useNames } from './device-names.ts';
import { Table } from './table.tsx';
import { text } from './text.ts';

type PolicyRow = DevicePolicyReply['controls'][number];

/** Whether a control is met is a state; how far it is covered is a label without one, or an old system would look checked and well. */
function Met({ met }: Pick<PolicyRow, 'met'>) {
  if (met === null) return <State kind="unknown">{text.device.policy.met.unknown}</State>;
  return <State kind={met ? 'fine' : 'blocked'}>{met ? text.device.policy.met.yes : text.device.policy.met.no}</State>;
}

/** A fact in words of its own where yes and no would answer another question than the row asks. */
function reportedText({ name, value }: NonNullable<PolicyRow['reported']>): string {
  const wording = text.device.policy.facts.find(([fact]) => fact === name);
  if (wording === undefined || typeof value !== 'boolean') return plain(value);
  return value ? wording[1] : wording[2];
}

export function PolicyTab({ id }: { readonly id: string }) {
  const policy = useQuery({
    queryKey: ['device-policy', id],
    queryFn: () => api<DevicePolicyReply>(`devices/${id}/policy`),
  });
  return (
    <Loaded query={policy}>
      {({ controls }) =>
        controls.length === 0 ? (
          <p className={css.lead}>{text.device.policy.none}</p>
        ) : (
          <Table
            label={text.device.tabs.policy}
            rows={controls}
            rowKey={({ controlId }) => controlId}
            columns={[
              {
                title: text.device.policy.control,
                cell: ({ title, from }) => (
                  <>
                    {title}
                    <div className={css.small}>{from.map(({ name, version }) => `${name} v${version}`).join(', ')}</div>
                  </>
                ),
              },
              { title: text.device.policy.wanted, cell: ({ wanted }) => plain(wanted) },
              {
                title: text.device.policy.reported,
                cell: ({ reported }) =>
                  reported === null ? (
                    <span className={css.small}>{text.device.policy.notReported}</span>
                  ) : (
                    <>
                      {reportedText(reported)}
                      <div className={css.small}>{age(reported.observedAtMs)}</div>
                    </>
                  ),
              },
              { title: text.device.policy.now, cell: ({ met }) => <Met met={met} /> },
              {
                title: text.device.policy.coverage,
                cell: ({ coverage, why, key }) => (
                  <>
                    <strong className={css.label}>{text.device.coverage[coverage]}</strong>
                    <div className={css.small}>{why}</div>
                    {key === null ? null : (
                      <div className={css.small}>
                        <span className={kit.mono}>{key}</span>
                      </div>
                    )}
                  </>
                ),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}

export function AppsTab({ id }: { readonly id: string }) {
  const apps = useQuery({ queryKey: ['apps', id], queryFn: () => api<AppList>(`devices/${id}/apps`) });
  return (
    <Loaded query={apps}>
      {({ items }) =>
        items.length === 0 ? (
          <p className={css.lead}>{text.device.apps.none}</p>
        ) : (
          <Table
            label={text.device.tabs.apps}
            rows={items}
            rowKey={({ appId }) => appId}
            columns={[
              {
                title: text.device.apps.name,
                cell: ({ name, appId }) => (
                  <>
                    {name}
                    <div className={css.small}>{appId}</div>
                  </>
                ),
              },
              { title: text.device.apps.version, cell: ({ version }) => version },
              { title: text.device.apps.managed, cell: ({ managed }) => plain(managed) },
            ]}
          />
        )
      }
    </Loaded>
  );
}

export function CommandsTab({ id }: { readonly id: string }) {
  const queries = useQueryClient();
  const commands = useQuery({ queryKey: ['commands', id], queryFn: () => api<CommandList>(`devices/${id}/commands`) });
  const ask = useAction(async () => {
    for (const kind of ['DeviceInformation', 'SecurityInfo', 'InstalledApplicationList']) {
      await api<CommandReply>(`devices/${id}/commands`, { body: { kind } });
    }
    await queries.invalidateQueries();
  });
  return (
    <div className={kit.stack}>
      <Problem error={ask.error} />
      <div>
        <Button onPress={ask.run} busy={ask.busy}>
          {text.device.commands.send}
        </Button>
      </div>
      <Loaded query={commands}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={css.lead}>{text.device.commands.none}</p>
          ) : (
            <Table
              label={text.device.tabs.commands}
              rows={items}
              rowKey={(command) => command.id}
              columns={[
                { title: text.device.commands.name, cell: ({ kind }) => words(kind) },
                {
                  title: text.device.commands.state,
                  cell: ({ state, error }) =>
                    error ? `${text.device.commands.states[state]}: ${error}` : text.device.commands.states[state],
                },
                { title: text.device.commands.when, cell: ({ createdAtMs }) => age(createdAtMs) },
              ]}
            />
          )
        }
      </Loaded>
    </div>
  );
}

const CHECK_KIND = {
  'trace-found': 'blocked',
  unusual: 'attention',
  weakness: 'attention',
  'nothing-found': 'unknown',
  incomplete: 'unknown',
} as const;

export function ChecksTab({ id }: { readonly id: string }) {
  const checks = useQuery({ queryKey: ['checks', id], queryFn: () => api<CheckList>(`devices/${id}/checks`) });
  const findings = useQuery({
    queryKey: ['findings', id],
    queryFn: () => api<FindingList>(`findings?device=${id}&limit=500`),
  });
  return (
    <div className={kit.stack}>
      <Loaded query={checks}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={css.lead}>{text.device.checks.none}</p>
          ) : (
            <ul className={css.rows}>
              {items.map((check) => (
                <li key={check.id}>
                  <State kind={CHECK_KIND[check.verdict]}>{text.findings.verdicts[check.verdict]}</State>
                  <span className={css.small}>
                    {text.device.checks.counts(check.examined, check.unreadable)} · {moment(check.checkedAtMs)}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {findings.data?.items.length ? <h3>{text.findings.title}</h3> : null}
      <ul className={css.rows}>
        {findings.data?.items.map((finding) => (
          <li key={finding.id}>
            <Link to="/findings/$id" params={{ id: finding.id }}>
              {finding.title}
            </Link>
            <State kind={finding.state === 'open' ? 'attention' : 'fine'}>{text.findings[finding.state]}</State>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function HistoryTab({ id }: { readonly id: string }) {
  const names = useNames();
  const history = useQuery({
    queryKey: ['audit', 'device', id],
    queryFn: () => api<AuditList>(`audit?object=${id}&limit=100`),
  });
  return (
    <Loaded query={history}>
      {({ items }) =>
        items.length === 0 ? (
          <p className={css.lead}>{text.device.history.none}</p>
        ) : (
          <ul className={css.rows}>
            {runsOf(items).map(({ entry, count }) => (
              <li key={entry.id}>
                <span>
                  {actionWords(entry.action)}{' '}
                  <span className={css.small}>
                    {actorName(entry.actor, names)}
                    {count > 1 ? ` · ${text.device.history.times(count)}` : ''}
                  </span>
                </span>
                <time className={css.small}>{moment(Date.parse(entry.at))}</time>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

/** The same action of the same actor again and again is one row, with the time of the last. */
function runsOf(
  items: AuditList['items'],
): readonly { readonly entry: AuditList['items'][number]; readonly count: number }[] {
  const runs: { entry: AuditList['items'][number]; count: number }[] = [];
  for (const entry of items) {
    const last = runs.at(-1);
    const same = last?.entry.action === entry.action && sameActor(last.entry.actor, entry.actor);
    if (last !== undefined && same) last.count += 1;
    else runs.push({ entry, count: 1 });
  }
  return runs;
}

function sameActor(a: AuditList['items'][number]['actor'], b: AuditList['items'][number]['actor']): boolean {
  return a.kind === b.kind && a.personId === b.personId && a.deviceId === b.deviceId;
}
