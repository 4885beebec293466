import type { Difference, Listing, Verification } from './indicator-store/inspect.ts';
import type { Update } from './indicator-store/update.ts';

/** Lines of a difference shown to people; --json has all. */
const MAX_LINES = 50;

export function listText({ folder, sets, sources, allowed, inUse }: Listing): string {
  const lines = [`Store: ${folder}`];
  for (const { name, current, versions, isPrivate } of sets) {
    const version = versions.at(-1);
    const marks = [day(version?.createdAtMs), `signed by ${version?.signedBy}`, ...(isPrivate ? ['private'] : [])].join(
      ', ',
    );
    lines.push(`  ${name}  version ${current}, ${version?.indicators ?? 0} indicators (${marks})`);
  }
  for (const { name, kind, urls } of sources) lines.push(`  source ${name}  ${kind}, ${urls.join(' ')}`);
  for (const { value, reason, author, untilMs, ended } of allowed) {
    lines.push(`  allowed ${value}  ${ended ? 'ended' : 'until'} ${day(untilMs)}, by ${author}: ${reason}`);
  }
  if (sets.length === 0) lines.push('  empty: add a file, or "pavise indicators add --public" and "update"');
  lines.push(
    `In use: ${inUse.indicators} indicators; ${inUse.unsupported} not supported, ${inUse.apart} revoked or expired`,
  );
  return `${lines.map(printable).join('\n')}\n`;
}

export function updateText(updates: readonly Update[]): string {
  const lines: string[] = [];
  for (const { name, status, version, indicators, failures } of updates) {
    const holds = version === undefined ? 'nothing stored' : `version ${version}, ${indicators ?? 0} indicators`;
    lines.push(`${name}: ${status}, ${holds}`);
    for (const { url, why } of failures) lines.push(`  failed: ${url}: ${why}`);
  }
  return `${lines.map(printable).join('\n')}\n`;
}

export function verifyText({ ok, versions }: Verification): string {
  const lines = versions.map(({ name, version, why }) => `${name} version ${version}: ${why ?? 'verified'}`);
  return `${[...lines, ok ? 'Verified' : 'Not verified'].map(printable).join('\n')}\n`;
}

export function diffText({ differences }: { readonly differences: readonly Difference[] }): string {
  const lines: string[] = [];
  for (const { from, to, added, removed } of differences) {
    lines.push(`${from} → ${to}: ${added.length} added, ${removed.length} removed`);
    for (const { type, value, collection } of added.slice(0, MAX_LINES))
      lines.push(`  + ${type} ${value} (${collection})`);
    for (const { type, value, collection } of removed.slice(0, MAX_LINES))
      lines.push(`  - ${type} ${value} (${collection})`);
    const hidden = Math.max(0, added.length - MAX_LINES) + Math.max(0, removed.length - MAX_LINES);
    if (hidden > 0) lines.push(`  … ${hidden} more: --json lists all`);
  }
  return `${lines.map(printable).join('\n')}\n`;
}

function day(timeMs: number | undefined): string {
  return timeMs === undefined ? 'unknown' : new Date(timeMs).toISOString().slice(0, 10);
}

/** Feeds are not ours: their texts must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
