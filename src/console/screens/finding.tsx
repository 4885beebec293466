import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { artefactName } from '../../detection/report/index.ts';
import type { Clearing, FindingItem } from '../../findings/api.ts';
import { api, Button, Field, instant, kit, Loaded, Problem, State, useAction, useMe } from '../../ui/index.ts';
import { Advice } from '../advice.tsx';
import css from '../console.module.css';
import { listDevices, useDeviceNames } from '../device-names.ts';
import { FindingVerdict } from '../finding-verdict.tsx';
import { usePersonNames } from '../person-names.ts';
import { useReporters } from '../reporter.ts';
import { text } from '../text.ts';
import { caseText } from '../text-cases.ts';

export function FindingPage() {
  const { id }: { id: string } = useParams({ from: '/shell/findings/$id' });
  const finding = useQuery({ queryKey: ['finding', id], queryFn: () => api<FindingItem>(`findings/${id}`) });
  return (
    <div className={css.page}>
      <Loaded query={finding} title={text.findings.title}>
        {(data) => <Finding finding={data} />}
      </Loaded>
    </div>
  );
}

function Finding({ finding }: { readonly finding: FindingItem }) {
  const nameOf = useDeviceNames();
  const reporterOf = useReporters();
  const personOf = usePersonNames();
  const clearer = (finding.clearedBy === null ? undefined : personOf(finding.clearedBy)) ?? text.findings.reporter.gone;
  const again = finding.clearedAtMs !== null && finding.lastSeenAtMs > finding.clearedAtMs;
  const facts: readonly (readonly [string, string])[] = [
    [text.findings.what, `${finding.value} (${text.findings.how[finding.evidence]})`],
    [text.findings.artefact, artefactName(finding.artefact)],
    [text.findings.place, [finding.path, finding.locator].filter(Boolean).join(' · ')],
    [
      text.findings.indicator,
      finding.indicator
        ? `${finding.collection ?? finding.indicator.value} · ${finding.indicator.source}`
        : text.findings.noIndicator,
    ],
    [text.findings.reportedBy, reporterOf(finding)],
    ...(finding.reported?.tool ? [[text.findings.tool, text.findings.madeWith(finding.reported.tool)] as const] : []),
    ...(finding.reported?.checkId ? [[text.findings.check, finding.reported.checkId] as const] : []),
  ];
  const timeline: readonly (readonly [number | null, string])[] = [
    [finding.happenedAtMs, text.findings.happened],
    [finding.foundAtMs, text.findings.found],
    [finding.lastSeenAtMs, text.findings.seenAgain],
    [finding.clearedAtMs, text.findings.clearedBy(clearer)],
  ];
  return (
    <>
      <header className={css.section}>
        <div className={kit.row}>
          <FindingVerdict {...finding} />
          <State kind={finding.state === 'open' ? 'attention' : 'fine'}>{text.findings[finding.state]}</State>
          {again ? <State kind="attention">{text.findings.again}</State> : null}
        </div>
        <h1>{finding.title}</h1>
        <p className={css.lead}>{finding.explanation}</p>
        {finding.review === null || finding.state !== 'open' ? null : (
          <p>
            <State kind="attention">{text.findings.toReview}</State> {text.findings.review[finding.review]}
          </p>
        )}
        <p>
          <Link to="/devices/$id" params={{ id: finding.deviceId }}>
            {nameOf(finding.deviceId)}
          </Link>
          {finding.caseId === null ? null : (
            <>
              {' · '}
              <Link to="/findings/cases/$id" params={{ id: finding.caseId }}>
                {caseText.toCase}
              </Link>
            </>
          )}
        </p>
      </header>
      <div className={css.split}>
        <section className={css.section}>
          <h2>{text.findings.evidence}</h2>
          <dl className={css.pairs}>
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
        <section className={css.section}>
          <h2>{text.findings.timeline}</h2>
          <ol className={css.rows}>
            {timeline
              .filter(([atMs]) => atMs !== null)
              .toSorted(([a], [b]) => (a ?? 0) - (b ?? 0))
              .map(([atMs, what]) => (
                <li key={what}>
                  <span>{what}</span>
                  <time className={css.small}>{instant(atMs)}</time>
                </li>
              ))}
          </ol>
        </section>
      </div>
      {finding.state === 'open' ? <Advice verdict={finding.verdict} /> : null}
      {finding.state === 'open' ? null : (
        <section className={css.section}>
          <h2>{text.findings.reason}</h2>
          <p className={css.lead}>{finding.reason}</p>
          {finding.clearedAlone ? (
            <div>
              <State kind="attention">{text.findings.clearedAlone}</State>
            </div>
          ) : null}
        </section>
      )}
      <Verdict finding={finding} />
    </>
  );
}

/** What may be done with it, or who may. */
function Verdict({ finding }: { readonly finding: FindingItem }) {
  const me = useMe().data;
  const devices = useQuery({ queryKey: ['devices'], queryFn: listDevices }).data;
  const works = me?.role === 'owner' || me?.role === 'investigator';
  const own = devices?.some(({ id, person }) => id === finding.deviceId && person.id === me?.id) === true;
  if (!works || own) return <p className={css.lead}>{works ? text.findings.ownPhone : text.findings.mayNot}</p>;
  return finding.state === 'open' ? <Clearance finding={finding} /> : <Reopen id={finding.id} />;
}

/** Where two people clear a trace, its case is the way. */
function Clearance({ finding: { id, hash, verdict, caseId } }: { readonly finding: FindingItem }) {
  const clearing = useQuery({ queryKey: ['clearing'], queryFn: () => api<Clearing>('clearing') });
  return (
    <Loaded query={clearing}>
      {({ twoPeople }) =>
        twoPeople && verdict === 'trace' && caseId !== null ? (
          <section className={css.section}>
            <h2>{text.findings.twoPeople}</h2>
            <p className={css.lead}>{text.findings.twoPeopleText}</p>
            <p>
              <Link to="/findings/cases/$id" params={{ id: caseId }}>
                {caseText.toCase}
              </Link>
            </p>
          </section>
        ) : (
          <Clear id={id} hash={hash} />
        )
      }
    </Loaded>
  );
}

function Clear({ id, hash }: { readonly id: string; readonly hash: string }) {
  const { clear, clearText, reason } = text.findings;
  const send = (why: string) => api(`findings/${id}/clear`, { body: { reason: why, hash } });
  return <WithReason title={clear} lead={clearText} label={reason} send={send} kind="primary" />;
}

function Reopen({ id }: { readonly id: string }) {
  const { reopen, reopenText, reopenReason } = text.findings;
  const send = (why: string) => api(`findings/${id}/reopen`, { body: { reason: why } });
  return <WithReason title={reopen} lead={reopenText} label={reopenReason} send={send} kind="plain" />;
}

interface WithReasonProps {
  readonly title: string;
  readonly lead: string;
  readonly label: string;
  readonly send: (reason: string) => Promise<unknown>;
  readonly kind: 'primary' | 'plain';
}

function WithReason({ title, lead, label, send, kind }: WithReasonProps) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await send(reason.trim());
    await queries.invalidateQueries();
  });
  return (
    <section className={css.section}>
      <h2>{title}</h2>
      <p className={css.lead}>{lead}</p>
      <Field label={label} hint={text.findings.reasonHint} value={reason} onChange={setReason} lines />
      <Problem error={error} />
      <div>
        <Button kind={kind} onPress={run} busy={busy} disabled={reason.trim().length < 10}>
          {title}
        </Button>
      </div>
    </section>
  );
}
