import type { SafariHistoryRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';

const INJECTION_MS = 1000;
const MAX_PAIRS = 5000;

interface Pair {
  count: number;
  readonly path: string;
  readonly visitId: number;
  readonly from: string;
  readonly to: string;
  readonly toUrl: string;
  readonly atMs: number | undefined;
  readonly oddPort: boolean;
}

/**
 * Looks for visits without encryption that led to another site within a second: so a network carries a phone to a server that infects it
 * (Amnesty International, "Forensic Methodology Report", 2021, chapter 2).
 *
 * Ordinary advertising does the same all day (MVT issue 223), so that a pair of sites is told once and low. Where the target has a port of its own,
 * as the servers of Pegasus had and ordinary pages have not, it is told as unusual.
 */
export const judgeSafariRedirects: Heuristic<SafariHistoryRecord> = () => {
  const pairs = new Map<string, Pair>();
  return {
    record(record) {
      if (record.kind !== 'redirect' || record.afterMs < 0 || record.afterMs >= INJECTION_MS) return;
      const [from, to] = [authorityOf(record.fromUrl), authorityOf(record.toUrl)];
      if (from === undefined || to === undefined || siteOf(from.host) === siteOf(to.host)) return;
      const key = `${from.host} ${to.host}:${to.port}`;
      const known = pairs.get(key);
      if (known !== undefined) known.count++;
      else if (pairs.size < MAX_PAIRS) {
        const { path, visitId, atMs, toUrl } = record;
        const oddPort = to.port !== '' && to.port !== '80' && to.port !== '443';
        pairs.set(key, { count: 1, path, visitId, from: from.host, to: to.host, toUrl, atMs, oddPort });
      }
    },
    end() {
      const findings = keepFindings();
      for (const pair of pairs.values()) findings.push(findingOf(pair));
      return findings.kept();
    },
  };
};

/** Host and port of a URL; undefined for what is none. */
function authorityOf(url: string): { host: string; port: string } | undefined {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]+)(?::(\d*))?(?:[/?#]|$)/i.exec(url);
  return match?.[1] === undefined ? undefined : { host: match[1].toLowerCase(), port: match[2] ?? '' };
}

/** The last two labels of a host, three below a short second level ("co.uk"): near enough to tell one owner's sites from another's. */
function siteOf(host: string): string {
  const labels = host.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  return labels.slice(top.length === 2 && second.length <= 3 ? -3 : -2).join('.');
}

function findingOf({ count, path, visitId, from, to, toUrl, atMs, oddPort }: Pair): Finding {
  const times = count === 1 ? 'once' : `${count} times`;
  return {
    kind: 'heuristic',
    evidence: 'visited',
    indicator: undefined,
    level: oddPort ? 'medium' : 'low',
    verdict: oddPort ? 'unusual' : 'weakness',
    value: toUrl,
    artefact: 'safari-history',
    path,
    locator: `visit ${visitId}`,
    atMs,
    explanation: oddPort
      ? `A page of ${from} without encryption led within a second to ${to} on an unusual port (${times}). Networks have been used like that to infect phones; test servers look the same.`
      : `A page of ${from} without encryption led within a second to ${to} (${times}). Advertising does that too; a hostile network could have done it.`,
  };
}
