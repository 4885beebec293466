import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { artefactName } from '../../detection/report/index.ts';
import type { CaseDetail, FindingItem } from '../../findings/api.ts';
import { api, instant, kit, Loaded, moment, State, useMe } from '../../ui/index.ts';
import { Advice } from '../advice.tsx';
import { CaseClosing } from '../case-closing.tsx';
import { CaseNotes } from '../case-notes.tsx';
import css from '../console.module.css';
import { useDeviceNames } from '../device-names.ts';
import { FindingVerdict } from '../finding-verdict.tsx';
import { Openings } from '../openings.tsx';
import { usePersonNames } from '../person-names.ts';
import { useReporters } from '../reporter.ts';
import { text } from '../text.ts';
import { caseText } from '../text-cases.ts';
import { CaseStatus } from './cases.tsx';

const OPENING_DAYS = 30;
const DAY_MS = 86_400_000;

export function CasePage() {
  const { id }: { id: string } = useParams({ from: '/shell/findings/cases/$id' });
  const detail = useQuery({ queryKey: ['case', id], queryFn: () => api<CaseDetail>(`cases/${id}`) });
  return (
    <div className={css.page}>
      <Loaded query={detail} title={caseText.title}>
        {(data) => <Case detail={data} />}
      </Loaded>
    </div>
  );
}

function Case({ detail }: { readonly detail: CaseDetail }) {
  const { case: item, findings, deviceIds, checks } = detail;
  const nameOf = useDeviceNames();
  const personOf = usePersonNames();
  const role = useMe().data?.role;
  const mayWork = (role === 'owner' || role === 'investigator') && !detail.ownPhone && item.status !== 'closed';
  const name = (id: string | null): string => (id === null ? undefined : personOf(id)) ?? caseText.nobody;
  return (
    <>
      <header className={css.section}>
        <div className={kit.row}>
          <CaseStatus item={item} />
          {item.families.map((family) => (
            <span key={family} className={css.small}>
              {family}
            </span>
          ))}
        </div>
        <h1>
          {caseText.number(item.number)}: {nameOf(item.deviceId)}
        </h1>
        <p className={css.lead}>{verdictOf(detail, name)}</p>
        {detail.ownPhone ? <p className={css.lead}>{caseText.ownPhone}</p> : null}
        <p>
          <Link to="/devices/$id" params={{ id: item.deviceId }}>
            {nameOf(item.deviceId)}
          </Link>
        </p>
      </header>
      <FindingGroups findings={findings} />
      <Changes detail={detail} />
      {item.openFindings === 0 ? null : <Advice verdict={item.traces > 0 ? 'trace' : 'unusual'} />}
      <div className={css.split}>
        <CaseNotes detail={detail} mayWork={mayWork} name={name} />
        <section className={css.section}>
          <h2>{caseText.checks}</h2>
          {checks.length === 0 ? <p className={css.lead}>{caseText.noChecks}</p> : null}
          <ul className={css.rows}>
            {checks.map(({ id, verdict, checkedAtMs, leftOut }) => (
              <li key={id}>
                <span>
                  {text.findings.verdicts[verdict]}
                  {leftOut === 0 ? null : <div className={css.small}>{caseText.leftOut(leftOut)}</div>}
                </span>
                <time className={css.small}>{moment(checkedAtMs)}</time>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <section className={css.section}>
        <h2>{caseText.openings}</h2>
        <p className={css.lead}>{caseText.openingsText(OPENING_DAYS)}</p>
        {deviceIds.map((deviceId) => (
          <div key={deviceId} className={css.section}>
            {deviceIds.length > 1 ? <h3>{caseText.enrolment(nameOf(deviceId))}</h3> : null}
            <Openings by={{ deviceId }} sinceMs={Date.now() - OPENING_DAYS * DAY_MS} />
          </div>
        ))}
      </section>
      <CaseClosing detail={detail} mayWork={mayWork} name={name} />
    </>
  );
}

function verdictOf({ case: item }: CaseDetail, name: (id: string | null) => string): string {
  if (item.status === 'closed') return caseText.verdict.closed(name(item.proposedBy), name(item.signedBy));
  if (item.openFindings === 0) return caseText.verdict.nothing;
  return item.traces > 0 ? caseText.verdict.trace : caseText.verdict.unusual;
}

type Group = keyof Omit<typeof caseText.groups, 'title' | 'none'>;
const GROUPS: readonly Group[] = ['executed', 'permitted', 'visited', 'received', 'changed', 'together', 'structure'];

function groupOf({ evidence, indicator, artefact }: FindingItem): Group {
  if (artefact === 'comparison') return 'changed';
  if (artefact === 'correlation') return 'together';
  if (evidence === 'present') return 'executed';
  if (evidence === 'connected') return 'visited';
  return evidence === 'structure' && indicator !== null ? 'received' : evidence;
}

/** What ran stands apart from what was opened and what was merely received. */
function FindingGroups({ findings }: { readonly findings: readonly FindingItem[] }) {
  return (
    <section className={css.section}>
      <h2>{caseText.groups.title}</h2>
      {findings.length === 0 ? <p className={css.lead}>{caseText.groups.none}</p> : null}
      {GROUPS.map((group) => {
        const own = findings.filter((finding) => groupOf(finding) === group);
        if (own.length === 0) return null;
        const [title, what] = caseText.groups[group];
        return (
          <div key={group} className={css.section}>
            <h3>{title}</h3>
            <p className={css.lead}>{what}</p>
            <FindingRows findings={own} />
          </div>
        );
      })}
    </section>
  );
}

function FindingRows({ findings }: { readonly findings: readonly FindingItem[] }) {
  const reporterOf = useReporters();
  return (
    <ul className={css.rows}>
      {findings.map((finding) => (
        <li key={finding.id}>
          <span>
            <Link to="/findings/$id" params={{ id: finding.id }}>
              {finding.title}
            </Link>
            {finding.indicator === null ? <div className={kit.mono}>{finding.value.slice(0, 200)}</div> : null}
            <div className={css.small}>
              {artefactName(finding.artefact)} · {caseText.reportedBy(reporterOf(finding))}
            </div>
          </span>
          <span className={kit.row}>
            <FindingVerdict {...finding} />
            <State kind={finding.state === 'open' ? 'attention' : 'fine'}>{caseText.findingState[finding.state]}</State>
            <time className={css.small}>
              {finding.happenedAtMs === null
                ? caseText.foundAt(instant(finding.foundAtMs))
                : instant(finding.happenedAtMs)}
            </time>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What else changed since earlier checks, and whether there are phones to compare with: nothing told is not nothing rare. */
function Changes({ detail: { changes, fleet } }: { readonly detail: CaseDetail }) {
  return (
    <section className={css.section}>
      <h2>{caseText.changes}</h2>
      <p className={css.lead}>{caseText.fleet(fleet)}</p>
      {changes.length === 0 ? <p className={css.lead}>{caseText.noChanges}</p> : <FindingRows findings={changes} />}
    </section>
  );
}
