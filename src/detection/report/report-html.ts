import type { CheckReport, ReportFinding } from '../api.ts';
import { isNote } from '../is-note.ts';
import { artefactName } from './artefact-name.ts';
import { escapeHtml } from './escape.ts';
import { adviceOf, headlineOf } from './headline.ts';
import { markOf } from './mark-of.ts';
import { moreText } from './more-text.ts';
import { PAGE_STYLE } from './page-style.data.ts';
import { SOURCE_NAMES } from './source-names.data.ts';

/** What the page says besides the report. */
export interface ReportPage {
  readonly madeAtMs: number;
  readonly indicatorCount: number;
  /** Names and versions of the sets of indicators that were used. */
  readonly indicatorSets: readonly string[];
  readonly toolVersion: string;
}

const EVIDENCE: Readonly<Record<ReportFinding['evidence'], string>> = {
  received: 'received by the phone',
  visited: 'opened in a browser',
  connected: 'contacted by the phone',
  present: 'present on the phone',
  executed: 'ran on the phone',
  permitted: 'given permissions',
  structure: 'how the data is laid out',
};

const STYLES: Readonly<Record<ReportFinding['verdict'], string>> = {
  trace: 'trace',
  unusual: 'unusual-mark',
  weakness: 'weakness-mark',
};

const STATUS = { examined: 'examined', absent: 'not in this evidence', unreadable: 'could not be read' } as const;

/** Makes a page of a report: printable, without scripts, and nothing in it loads anything. */
export function reportHtml(report: CheckReport, page: ReportPage): string {
  const { verdict, examined, unsupportedIndicators, stats } = report;
  const [headline, advice] = [headlineOf(report), adviceOf(report)];
  const findings = report.findings.filter((finding) => !isNote(finding));
  const notes = report.findings.filter(isNote);
  const more = report.more ?? [];
  const left = more.reduce((sum, { count, allowed }) => sum + (allowed ? 0 : count), 0);
  const made = new Date(page.madeAtMs).toISOString().replace('T', ' ').slice(0, 16);
  const body = [
    `<header class="bar ${verdict}"><p class="soft">Check of a phone, ${made} UTC</p><h1>${headline}</h1>`,
    ...report.sources.map(sourceLine),
    '</header>',
    `<section><h2>${advice.title}</h2><ol>${advice.steps.map((step) => `<li>${escapeHtml(step)}</li>`).join('')}</ol></section>`,
    findings.length + left === 0
      ? ''
      : `<section><h2>What was found (${(findings.length + left).toLocaleString('en')})</h2>${findings.map(findingCard).join('')}${moreList(more)}</section>`,
    notes.length === 0
      ? ''
      : `<section><h2>Notes (${notes.length.toLocaleString('en')})</h2><p>What may be worth knowing and says nothing about the phone by itself.</p>${notes.map(findingCard).join('')}</section>`,
    allowedList(report.allowed ?? []),
    `<section><h2>What was checked</h2>${artefactTable(examined)}</section>`,
    `<section><h2>How</h2><dl><dt>Indicators</dt><dd>${page.indicatorCount.toLocaleString('en')}</dd>`,
    page.indicatorSets.length === 0 ? '' : `<dt>Sets</dt><dd>${page.indicatorSets.map(escapeHtml).join('<br>')}</dd>`,
    unsupportedIndicators.length === 0 ? '' : `<dt>Not usable</dt><dd>${unsupportedIndicators.length} indicators</dd>`,
    `<dt>Files read</dt><dd>${stats.files.toLocaleString('en')} (${megabytes(stats.bytesRead)})</dd>`,
    `<dt>Tool</dt><dd>Pavise ${escapeHtml(page.toolVersion)}</dd></dl>`,
    '<p class="soft">Nothing that stands in the evidence was contacted, and the evidence was not changed.</p></section>',
  ];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer">`,
    `<title>Check of a phone: ${headline}</title><style>${PAGE_STYLE}</style></head><body><main>`,
    ...body,
    '</main></body></html>\n',
  ].join('');
}

function sourceLine({ kind, encrypted, opened, device }: CheckReport['sources'][number]): string {
  const system = device.osVersion === '' ? '' : `, system ${escapeHtml(device.osVersion)}`;
  const model = device.productType === '' ? '' : ` of ${escapeHtml(device.productType)}`;
  return `<p>${SOURCE_NAMES[kind]}${model}${system}${encrypted ? ', encrypted' : ''}${opened === false ? ', could not be opened' : ''}</p>`;
}

function findingCard(finding: ReportFinding): string {
  const mark = isNote(finding) ? 'Note' : `${markOf(finding)}, ${finding.level}`;
  const rows: [string, string][] = [
    ['Evidence', EVIDENCE[finding.evidence]],
    ['Where', `${finding.path}, ${finding.locator}`],
  ];
  if (finding.at !== null) rows.push(['When', `${finding.at.replace('T', ' ').slice(0, 19)} UTC`]);
  if (finding.indicator !== null) {
    const { type, value, collection, source } = finding.indicator;
    rows.push(['Indicator', `${type} ${value}`], ['Known from', `${collection} (${source})`]);
  }
  const list = rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('');
  return `<article><span class="mark ${STYLES[finding.verdict]}">${mark}</span><h3>${escapeHtml(finding.value)}</h3><p>${escapeHtml(finding.explanation)}</p><dl>${list}</dl></article>`;
}

function moreList(more: NonNullable<CheckReport['more']>): string {
  if (more.length === 0) return '';
  const items = more.map((row) => `<li>${escapeHtml(moreText(row))}</li>`);
  return `<p>Found so often that it is counted and not listed:</p><ul>${items.join('')}</ul>`;
}

function allowedList(allowed: NonNullable<CheckReport['allowed']>): string {
  if (allowed.length === 0) return '';
  const items = allowed.map(({ finding, reason, author, until }) => {
    const end = until === null ? '' : ` until ${until.slice(0, 10)}`;
    return `<li>${escapeHtml(finding.value)}: ${escapeHtml(reason)} <span class="soft">(${escapeHtml(author)}${end})</span></li>`;
  });
  return `<section><h2>Judged harmless before (${allowed.length})</h2><ul>${items.join('')}</ul></section>`;
}

function artefactTable(examined: CheckReport['examined']): string {
  const order = ['unreadable', 'examined', 'absent'];
  const rows = [...examined].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  const cells = rows.map(({ artefact, path, status, records, why }) => {
    const state =
      status === 'examined'
        ? `${STATUS.examined}, ${records.toLocaleString('en')} ${records === 1 ? 'record' : 'records'}`
        : STATUS[status];
    return `<tr><td>${escapeHtml(artefactName(artefact))}</td><td>${state}${why === null ? '' : `: ${escapeHtml(why)}`}</td><td><code>${escapeHtml(path)}</code></td></tr>`;
  });
  return `<table><thead><tr><th>Evidence</th><th>Result</th><th>File</th></tr></thead><tbody>${cells.join('')}</tbody></table>`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 0 })} MB`;
}
