import { createHash, hash } from 'node:crypto';
import type { CheckReport, Tool } from '../../detection/api.ts';
import { type ExamineOptions, examine, reportOf } from '../../detection/index.ts';
import type { IndicatorIndex } from '../../detection/indicators/index.ts';
import type { EvidenceTree } from '../../evidence/index.ts';

/**
 * Checks evidence on disk against indicators, and measures what that took.
 *
 * @returns the report, or the name of the first source that is nothing that can be checked
 */
export async function checkSources(
  trees: readonly EvidenceTree[],
  index: IndicatorIndex,
  options: ExamineOptions & { readonly tool: Tool; readonly before?: CheckReport },
): Promise<{ readonly report: CheckReport } | { readonly unknown: string }> {
  const cpu = process.cpuUsage();
  const examination = await examine(trees, index, { makeDigest, ...options });
  if ('unknown' in examination) return examination;
  const { user, system } = process.cpuUsage(cpu);
  const run = { tool: options.tool, cpuMs: (user + system) / 1000, maxRssBytes: process.resourceUsage().maxRSS * 1024 };
  const allowList = { entries: options.allowList ?? [], nowMs: options.nowMs };
  return { report: reportOf(examination, index, run, (text) => hash('sha256', text), allowList, options.before) };
}

function makeDigest(): { update(bytes: Uint8Array): void; hex(): string } {
  const sum = createHash('sha256');
  return { update: (bytes) => sum.update(bytes), hex: () => sum.digest('hex') };
}
