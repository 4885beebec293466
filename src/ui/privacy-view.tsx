import { EyeOff } from 'lucide-react';
import type { PrivacyReply } from '../privacy/api.ts';
import { factLabel, factValue, sortFacts } from './fact-words.ts';
import { age, moment, words } from './format.ts';
import { heldText } from './held-text.ts';
import css from './kit.module.css';

interface PrivacyText {
  readonly can: string;
  readonly cannot: string;
  readonly none: string;
  readonly looked: string;
  readonly nobody: string;
  readonly apps: (count: number) => string;
}

const KINDS = new Map<string, string>(Object.entries(heldText.kinds));

/** What checks for spyware left with the organisation: each value, not only how many. */
function Checks({
  checks: { checks, lastCheckAtMs, hashes, cases, notes, findings, baseline },
}: {
  readonly checks: PrivacyReply['devices'][number]['checks'];
}) {
  const text = heldText;
  return (
    <>
      <h4>{text.title}</h4>
      <p className={css.hint}>
        {checks === 0 || lastCheckAtMs === null ? text.none : text.last(checks, age(lastCheckAtMs))}
        {hashes === 0 ? null : ` ${text.hashes(hashes)}`}
      </p>
      {cases === 0 ? null : <p className={css.hint}>{text.kept.cases(cases, notes)}</p>}
      {findings.length === 0 ? null : (
        <details className={css.more}>
          <summary>{text.found(findings.length)}</summary>
          <ul>
            {findings.map(({ value, artefact, foundAtMs, state }) => (
              <li key={`${value} ${artefact} ${foundAtMs}`}>
                {value}{' '}
                <span className={css.hint}>
                  {words(artefact)}, {age(foundAtMs)}
                  {state === 'cleared' ? `, ${text.cleared}` : ''}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {baseline.map(({ kind, values }) => (
        <details className={css.more} key={kind}>
          <summary>
            {KINDS.get(kind) ?? words(kind)}: {values.length}
          </summary>
          <ul>
            {values.map((value) => (
              <li key={value}>{value}</li>
            ))}
          </ul>
        </details>
      ))}
    </>
  );
}

function Records({ records }: { readonly records: PrivacyReply['devices'][number]['records'] }) {
  const { reports, commands, refusals, tokens } = heldText.kept;
  return (
    <ul className={css.hint}>
      {records.reports === 0 ? null : <li>{reports(records.reports)}</li>}
      {records.commands === 0 ? null : <li>{commands(records.commands)}</li>}
      {records.refusals === 0 ? null : <li>{refusals(records.refusals)}</li>}
      {records.tokens === 0 ? null : <li>{tokens(records.tokens)}</li>}
    </ul>
  );
}

/** What the organisation can and cannot see, and who looked: the same for a phone's owner and for who explains it to her. */
export function PrivacyView({
  privacy: { devices, cannotSee, views, account },
  nameOf,
  text,
}: {
  readonly privacy: PrivacyReply;
  readonly nameOf: (deviceId: string) => string;
  readonly text: PrivacyText;
}) {
  return (
    <>
      <div className={css.columns}>
        <section className={css.stack}>
          <h2>{text.can}</h2>
          {devices.every(({ facts }) => facts.length === 0) ? <p className={css.hint}>{text.none}</p> : null}
          {devices.map((device) => (
            <div key={device.deviceId}>
              <h3>{nameOf(device.deviceId)}</h3>
              <dl className={css.facts}>
                {sortFacts(device.facts).map((fact) => (
                  <div key={fact.name}>
                    <dt>
                      {factLabel(fact.name)} · <span title={moment(fact.observedAtMs)}>{age(fact.observedAtMs)}</span>
                    </dt>
                    <dd>{factValue(fact.name, fact.value)}</dd>
                  </div>
                ))}
              </dl>
              {device.apps.length > 0 ? (
                <details className={css.more}>
                  <summary>{text.apps(device.apps.length)}</summary>
                  <ul>
                    {device.apps.map(({ appId, name, version }) => (
                      <li key={appId}>
                        {name} <span className={css.hint}>{version}</span>
                      </li>
                    ))}
                  </ul>
                </details>
              ) : null}
              <Checks checks={device.checks} />
              <Records records={device.records} />
            </div>
          ))}
        </section>
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
          <h2>{heldText.kept.title}</h2>
          <p className={css.hint}>{heldText.kept.lead}</p>
          <ul className={css.cannot}>
            <li>{heldText.kept.groups(account.groups)}</li>
            <li>{heldText.kept.decisions(account.decisions)}</li>
            <li>{heldText.kept.entries(account.entries)}</li>
          </ul>
        </section>
      </div>
      <section className={css.stack}>
        <h2>{text.looked}</h2>
        {views.length === 0 ? (
          <p className={css.hint}>{text.nobody}</p>
        ) : (
          <ul className={css.entries}>
            {views.map((view) => (
              <li key={`${view.viewer}${view.what}${view.atMs}`}>
                <span className={css.entryText}>
                  <strong>{view.viewer}</strong>
                  <span>{view.what}</span>
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
