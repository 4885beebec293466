import type { ReactNode } from 'react';
import type { CheckReport, ReportFinding } from '../../detection/api.ts';
import {
  adviceOf,
  artefactName,
  closedOf,
  headlineOf,
  isNote,
  markOf,
  moreText,
} from '../../detection/report/index.ts';
import { Button, moment, State, type StateKind } from '../../ui/index.ts';
import css from './check.module.css';
import { text } from './text.ts';

const KIND = {
  'trace-found': 'blocked',
  unusual: 'attention',
  weakness: 'attention',
  incomplete: 'unknown',
  'nothing-found': 'fine',
} as const satisfies Record<CheckReport['verdict'], StateKind>;
const FINDING_KIND = { trace: 'blocked', unusual: 'attention', weakness: 'unknown' } as const satisfies Record<
  ReportFinding['verdict'],
  StateKind
>;
const MAX_SHOWN = 200;

interface ResultProps {
  readonly report: CheckReport;
  readonly html: string;
  /** How many signs of known spyware were looked for. */
  readonly signs: number;
  readonly again: () => void;
  readonly children?: ReactNode;
}

/** The verdict first, then what to do, then what stands behind it. */
export function Result({ report, html, signs, again, children }: ResultProps) {
  const { verdict, examined } = report;
  const advice = adviceOf(report);
  const shown = report.findings.slice(0, MAX_SHOWN);
  const [findings, notes] = [shown.filter((finding) => !isNote(finding)), shown.filter(isNote)];
  const count = (status: CheckReport['examined'][number]['status']): number =>
    examined.filter((row) => row.status === status).length;
  const unreadable = examined.filter(({ status }) => status === 'unreadable');
  return (
    <div className={css.check}>
      <section className={css.verdict} data-verdict={verdict} aria-live="polite">
        <State kind={KIND[verdict]}>{closedOf(report) === 'all' ? text.notOpened : text.verdict[verdict]}</State>
        <h2>{headlineOf(report)}</h2>
      </section>
      <section>
        <h3>{advice.title}</h3>
        <ol className={css.steps}>
          {advice.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <div className={css.buttons}>
          <Button kind="primary" onPress={() => save(html)}>
            {text.save}
          </Button>
          <Button onPress={again}>{text.again}</Button>
        </div>
      </section>
      {children}
      {findings.length === 0 && report.more === undefined ? null : (
        <section>
          <h3>{text.found}</h3>
          <ul className={css.findings}>
            {findings.map((finding) => (
              <Found key={finding.id} finding={finding} />
            ))}
          </ul>
          {report.more === undefined ? null : (
            <>
              <p>{text.oftenFound}</p>
              <ul className={css.findings}>
                {report.more.slice(0, MAX_SHOWN).map((row) => (
                  <li key={JSON.stringify(row)}>{printable(moreText(row))}</li>
                ))}
              </ul>
            </>
          )}
          {report.findings.length > MAX_SHOWN ? <p>{text.more(report.findings.length - MAX_SHOWN)}</p> : null}
        </section>
      )}
      {notes.length === 0 ? null : (
        <section>
          <h3>{text.notes}</h3>
          <p>{text.notesLead}</p>
          <ul className={css.findings}>
            {notes.map((finding) => (
              <Found key={finding.id} finding={finding} />
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{text.checked}</h3>
        {signs === 0 ? <p className={css.problem}>{text.noSigns}</p> : null}
        <p>
          {[text.read(count('examined')), text.notRead(unreadable.length), text.absent(count('absent'))].join(', ')}
        </p>
        <ul className={css.unread}>
          {unreadable.slice(0, MAX_SHOWN).map(({ artefact, path, why }) => (
            <li key={`${artefact} ${path}`}>
              <strong>{artefactName(artefact)}</strong> {printable(why ?? '')} <code>{printable(path)}</code>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Found({ finding }: { readonly finding: ReportFinding }) {
  return (
    <li>
      <State kind={FINDING_KIND[finding.verdict]}>{markOf(finding)}</State>
      <strong className={css.value}>{printable(finding.value)}</strong>
      <p>{finding.explanation}</p>
      <dl>
        <dt>{text.where1}</dt>
        <dd>
          {printable(finding.path)}, {printable(finding.locator)}
        </dd>
        {finding.at === null ? null : (
          <>
            <dt>{text.when}</dt>
            <dd title={`${finding.at.slice(0, 19).replace('T', ' ')} UTC`}>{moment(Date.parse(finding.at))}</dd>
          </>
        )}
        {finding.indicator === null ? null : (
          <>
            <dt>{text.known}</dt>
            <dd>{printable(finding.indicator.collection)}</dd>
          </>
        )}
      </dl>
    </li>
  );
}

function save(html: string): void {
  const url = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'check-report.html';
  link.click();
  URL.revokeObjectURL(url);
}

/** Evidence is hostile: marks that turn the direction of text are shown, not obeyed. */
function printable(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd').slice(0, 400);
}
