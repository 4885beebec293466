import { EyeOff } from 'lucide-react';
import type { PrivacyReply } from '../privacy/api.ts';
import { factLabel, factValue, isTechnical, sortFacts } from './fact-words.ts';
import { age, day, moment, words } from './format.ts';
import { heldText } from './held-text.ts';
import css from './kit.module.css';
import { requestWords, standingWords } from './request-words.ts';

interface PrivacyText {
  readonly can: string;
  readonly cannot: string;
  readonly none: string;
  readonly looked: string;
  readonly nobody: string;
  readonly apps: (count: number) => string;
}

/** What takes two people and was asked for about her. */
function Requests({ requests }: Pick<PrivacyReply, 'requests'>) {
  const { title, lead, none } = heldText.requests;
  return (
    <section className={css.stack}>
      <h2>{title}</h2>
      <p className={css.hint}>{requests.length === 0 ? none : lead}</p>
      <ul className={css.entries}>
        {requests.map((request) => (
          <li key={request.id}>
            <span className={css.entryText}>
              <strong>{requestWords(request)}</strong>
              <span>“{request.reason}”</span>
              <span className={css.hint}>
                {moment(request.madeAtMs)} · {standingWords({ ...request, others: [] })}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PrivacyViewProps {
  readonly privacy: PrivacyReply;
  readonly nameOf: (deviceId: string) => string;
  /** What a kind of evidence is called. */
  readonly artefactName: (artefact: string) => string;
  readonly text: PrivacyText;
}

type HeldDevice = PrivacyReply['devices'][number];

const KINDS = new Map<string, string>(Object.entries(heldText.kinds));
/** Facts that are older than the newest by less are told together with it. */
const TOGETHER_MS = 3_600_000;

/** What the organisation can and cannot see, and who looked: the same for a phone's owner and for who explains it to her. */
export function PrivacyView({ privacy, nameOf, artefactName, text }: PrivacyViewProps) {
  const { devices, cannotSee, views, account, requests } = privacy;
  const { kept } = heldText;
  return (
    <>
      <div className={css.columns}>
        <section className={css.stack}>
          <h2>{text.can}</h2>
          {devices.length === 0 ? <p className={css.hint}>{text.none}</p> : null}
          {devices.map((device) => (
            <details className={css.held} key={device.deviceId} open={devices.length === 1}>
              <summary>
                <h3>{nameOf(device.deviceId)}</h3>
                <span className={css.hint}>{summaryOf(device)}</span>
              </summary>
              <Held device={device} artefactName={artefactName} text={text} />
            </details>
          ))}
        </section>
        <div className={css.columns}>
          <section className={css.stack}>
            <h2>{text.cannot}</h2>
            <ul className={css.cannot}>
              {cannotSee.map((what) => (
                <li key={what}>
                  <EyeOff size={18} aria-hidden="true" />
                  {what}
                </li>
              ))}
            </ul>
            {devices.some(({ checks }) => checks.checks > 0) ? <p className={css.hint}>{heldText.seeAll}</p> : null}
          </section>
          <section className={css.stack}>
            <h2>{kept.title}</h2>
            <p className={css.hint}>{kept.lead}</p>
            <ul className={css.cannot}>
              <li>{kept.groups(account.groups)}</li>
              <li>{kept.decisions(account.decisions)}</li>
              <li>{kept.entries(account.entries)}</li>
              {account.places === 0 ? null : <li>{kept.places(account.places)}</li>}
              {account.ownRequests === 0 ? null : <li>{kept.requests(account.ownRequests)}</li>}
            </ul>
          </section>
        </div>
      </div>
      <Requests requests={requests} />
      <section className={css.stack}>
        <h2>{text.looked}</h2>
        {views.length === 0 ? (
          <p className={css.hint}>{text.nobody}</p>
        ) : (
          <ul className={css.entries}>
            {looksOf(views).map((view) => (
              <li key={`${view.viewer}${view.what}${view.atMs}`}>
                <span className={css.entryText}>
                  <strong>{view.viewer}</strong>
                  <span>
                    {view.what}
                    {devices.length > 1 ? ` · ${view.deviceIds.map(nameOf).join(', ')}` : ''}
                  </span>
                </span>
                <time className={css.hint}>{moment(view.atMs)}</time>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function summaryOf({ facts, apps, checks, left }: HeldDevice): string {
  const { counts, hasLeftShort } = heldText;
  const parts = [counts.facts(facts.length), counts.apps(apps.length), counts.checks(checks.checks)];
  return [...(left ? [hasLeftShort] : []), ...parts.filter((part) => part !== '')].join(' · ');
}

interface Look extends Omit<PrivacyReply['views'][number], 'deviceId'> {
  readonly deviceIds: string[];
}

/** One look at several phones, such as at an account, is one row. */
function looksOf(views: PrivacyReply['views']): readonly Look[] {
  const looks: Look[] = [];
  for (const { deviceId, ...view } of views) {
    const last = looks.at(-1);
    const same = last?.viewer === view.viewer && last.what === view.what && Math.abs(last.atMs - view.atMs) < 1000;
    if (last !== undefined && same) last.deviceIds.push(deviceId);
    else looks.push({ ...view, deviceIds: [deviceId] });
  }
  return looks;
}

function Held({ device, artefactName, text }: Omit<PrivacyViewProps, 'privacy' | 'nameOf'> & { device: HeldDevice }) {
  // The list itself says how many there are.
  const facts = sortFacts(device.facts).filter(({ name }) => name !== 'apps' || device.apps.length === 0);
  const newestMs = Math.max(...facts.map(({ observedAtMs }) => observedAtMs));
  const technical = facts.filter(isTechnical);
  return (
    <>
      <p className={css.hint}>
        {facts.length === 0 ? heldText.toldNothing : heldText.told(age(newestMs))}{' '}
        {device.left ? heldText.hasLeft : null}
      </p>
      <Facts facts={facts.filter((fact) => !isTechnical(fact))} newestMs={newestMs} />
      {device.apps.length === 0 ? null : (
        <More title={text.apps(device.apps.length)}>
          {device.apps.map(({ appId, name, version }) => (
            <li key={appId}>
              {name} <span className={css.hint}>{version}</span>
            </li>
          ))}
        </More>
      )}
      {technical.length === 0 ? null : (
        <details className={css.more}>
          <summary>{heldText.technical(technical.length)}</summary>
          <Facts facts={technical} newestMs={newestMs} />
        </details>
      )}
      <Records device={device} />
      <Checks checks={device.checks} artefactName={artefactName} />
    </>
  );
}

function Facts({ facts, newestMs }: { readonly facts: HeldDevice['facts']; readonly newestMs: number }) {
  return (
    <dl className={css.facts}>
      {facts.map(({ name, value, observedAtMs }) => (
        <div key={name}>
          <dt>
            {factLabel(name)}
            {newestMs - observedAtMs < TOGETHER_MS ? null : ` · ${age(observedAtMs)}`}
          </dt>
          <dd title={moment(observedAtMs)}>{factValue(name, value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function More({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <details className={css.more}>
      <summary>{title}</summary>
      <ul>{children}</ul>
    </details>
  );
}

function Records({ device: { records, checks } }: { readonly device: HeldDevice }) {
  const { ofPhone, reports, commands, refusals, tokens } = heldText.kept;
  const { differentPhoneAtMs } = checks;
  const rows = [
    ...(records.reports === 0 ? [] : [reports(records.reports)]),
    ...(records.commands === 0 ? [] : [commands(records.commands)]),
    ...(records.refusals === 0 ? [] : [refusals(records.refusals)]),
    ...(records.tokens === 0 ? [] : [tokens(records.tokens)]),
    ...(differentPhoneAtMs === null ? [] : [heldText.differentPhone(day(differentPhoneAtMs))]),
    ...(records.claimFalse ? [heldText.claimFalse] : []),
  ];
  if (rows.length === 0) return null;
  return (
    <More title={ofPhone}>
      {rows.map((row) => (
        <li key={row}>{row}</li>
      ))}
    </More>
  );
}

/** What checks for spyware left with the organisation: each value, not only how many. */
function Checks({ checks: held, artefactName }: Pick<PrivacyViewProps, 'artefactName'> & Pick<HeldDevice, 'checks'>) {
  const { checks, lastCheckAtMs, hashes, cases, notes, findings, baseline } = held;
  return (
    <>
      <h4>{heldText.title}</h4>
      <p className={css.hint}>
        {checks === 0 || lastCheckAtMs === null ? heldText.none : heldText.last(checks, age(lastCheckAtMs))}{' '}
        {cases === 0 ? null : heldText.kept.cases(cases, notes)}
      </p>
      {hashes === 0 ? null : <p className={css.hint}>{heldText.hashes(hashes)}</p>}
      {findings.length === 0 ? null : (
        <More title={heldText.found(findings.length)}>
          {findings.map(({ value, artefact, foundAtMs, state }) => (
            <li key={`${value} ${artefact} ${foundAtMs}`}>
              {value}{' '}
              <span className={css.hint}>
                {artefactName(artefact)}, {age(foundAtMs)}
                {state === 'cleared' ? `, ${heldText.cleared}` : ''}
              </span>
            </li>
          ))}
        </More>
      )}
      {baseline.map(({ kind, values }) => (
        <More key={kind} title={`${KINDS.get(kind) ?? words(kind)}: ${values.length}`}>
          {values.map((value) => (
            <li key={value}>{value}</li>
          ))}
        </More>
      ))}
    </>
  );
}
