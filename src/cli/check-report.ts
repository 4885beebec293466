import type { CheckReport, ReportFinding } from '../detection/api.ts';
import { adviceOf, headlineOf, isNote, markOf, moreText, SOURCE_NAMES } from '../detection/report/index.ts';
import { printable } from './printable.ts';

const MAX_SHOWN = 200;

/** Writes a report for people. */
export function reportText(report: CheckReport, indicatorCount: number): string {
  const lines: string[] = [headlineOf(report), ''];
  for (const { kind, encrypted, opened, device } of report.sources) {
    const system = device.osVersion && `${kind.startsWith('ios') ? 'iOS' : 'Android'} ${device.osVersion}`;
    const name = [device.productType, system].filter(Boolean).join(', ');
    const state = `${encrypted ? ', encrypted' : ''}${opened === false ? ', could not be opened' : ''}`;
    lines.push(`${SOURCE_NAMES[kind]}${name === '' ? '' : ` of ${printable(name)}`}${state}`);
  }
  lines.push(
    indicatorCount === 0 ? 'No indicators were loaded: give some with --indicators' : `${indicatorCount} indicators`,
    '',
  );
  const shown = report.findings.slice(0, MAX_SHOWN);
  const [findings, notes] = [shown.filter((finding) => !isNote(finding)), shown.filter(isNote)];
  if (findings.length > 0) lines.push('Found', ...findings.flatMap(findingLines));
  if (notes.length > 0)
    lines.push('Notes, which say nothing about the phone by themselves', ...notes.flatMap(findingLines));
  if (report.findings.length > MAX_SHOWN) lines.push(`  and ${report.findings.length - MAX_SHOWN} more (see --json)`);
  for (const row of report.more ?? []) lines.push(`  and ${printable(moreText(row), 600)}`);
  if (report.findings.length > 0) lines.push('');
  for (const { finding, reason, author, until } of report.allowed ?? []) {
    const end = until === null ? '' : ` until ${until.slice(0, 10)}`;
    lines.push(`  allowed by ${printable(author)}${end}: ${printable(finding.value)} (${printable(reason)})`);
  }
  const { title, steps } = adviceOf(report);
  lines.push(title, ...steps.map((step) => `  ${step}`), '');
  // First, and apart: between sixty lines of what was read nobody sees that the password was wrong.
  const unreadable = report.examined.filter(({ status }) => status === 'unreadable');
  if (unreadable.length > 0) lines.push('Could not be read', ...unreadable.map(examinedLine), '');
  lines.push('Examined', ...report.examined.filter(({ status }) => status !== 'unreadable').map(examinedLine));
  if (report.unsupportedIndicators.length > 0) {
    lines.push('', `${report.unsupportedIndicators.length} indicators could not be used (see --json)`);
  }
  return `${lines.join('\n')}\n`;
}

function findingLines(finding: ReportFinding): string[] {
  const { level, value, explanation, path, locator, at } = finding;
  const mark = isNote(finding) ? markOf(finding) : `${markOf(finding).toUpperCase()} (${level})`;
  return [
    `  ${mark} ${printable(value)}`,
    `    ${printable(explanation, 2000)}`,
    `    ${printable(path)}, ${printable(locator)}${at === null ? '' : `, ${at}`}`,
  ];
}

function examinedLine({ artefact, path, status, records, why }: CheckReport['examined'][number]): string {
  const counted = records === 1 ? '1 record' : `${records} records`;
  const state = status === 'examined' ? counted : status === 'absent' ? 'not there' : (why ?? 'unreadable');
  return `  ${artefact.padEnd(24)}${printable(state)}  (${printable(path)})`;
}
