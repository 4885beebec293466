import {
  type Indicator,
  type IndicatorIndex,
  matchEmail,
  matchHost,
  matchPath,
  matchProcess,
  matchProfile,
  matchUrl,
} from '../indicators/index.ts';
import type { Sighting } from '../readers/index.ts';
import type { Finding } from './finding.ts';

/** Compares a sighting with the indicators; undefined when nothing matches. */
export function matchSighting(index: IndicatorIndex, sighting: Sighting): Finding | undefined {
  const indicator = lookUp(index, sighting);
  if (indicator === undefined) return undefined;
  const { evidence, value, artefact, path, locator, atMs } = sighting;
  return {
    ...judge(sighting, indicator),
    kind: 'indicator',
    evidence,
    value,
    indicator,
    artefact,
    path,
    locator,
    atMs,
  };
}

function lookUp(index: IndicatorIndex, sighting: Sighting): Indicator | undefined {
  switch (sighting.kind) {
    case 'url':
      return matchUrl(index, sighting.value);
    case 'host':
      return matchHost(index, sighting.value);
    case 'process':
      return matchProcess(index, sighting.value);
    case 'email':
      return matchEmail(index, sighting.value);
    case 'profile':
      return matchProfile(index, sighting.value);
    case 'app':
      return index.others.get(`app:id ${sighting.value.toLowerCase()}`);
    case 'certificate':
    case 'hash':
    case 'property':
      return undefined;
    case 'path': {
      const absolute = sighting.value.startsWith('/') ? sighting.value : undefined;
      return matchPath(index, absolute, sighting.relativePath ?? sighting.value);
    }
  }
}

function judge(sighting: Sighting, { collection }: Indicator): Pick<Finding, 'level' | 'verdict' | 'explanation'> {
  const family = `known from ${collection}`;
  switch (sighting.evidence) {
    case 'executed':
      return {
        level: 'critical',
        verdict: 'trace',
        explanation: `A program whose name is ${family} used the network on this phone: it ran.`,
      };
    case 'permitted':
      return {
        level: 'critical',
        verdict: 'unusual',
        explanation: `A program whose name is ${family} stands in the list of permissions.`,
      };
    case 'visited':
      return {
        level: 'high',
        verdict: 'unusual',
        explanation: `The phone opened an address ${family}. That alone does not show an infection.`,
      };
    case 'received':
    case 'connected':
      return {
        level: 'high',
        verdict: 'unusual',
        explanation: `The phone holds a message or data with an address ${family}. Anyone can send one; that alone does not show an infection.`,
      };
    case 'present':
      return sighting.kind === 'profile'
        ? { level: 'critical', verdict: 'trace', explanation: `A configuration profile ${family} is installed.` }
        : {
            level: 'high',
            verdict: 'unusual',
            explanation: `A file whose name or place is ${family} is on the phone.`,
          };
    case 'structure':
      return {
        level: 'low',
        verdict: 'unusual',
        explanation: `Text that is ${family} stands in this file; the record around it is not known.`,
      };
  }
}

/** Raises files that are present to traces where another artefact shows the same family running or installed. */
export function corroborate(findings: readonly Finding[]): Finding[] {
  const proven = new Set<string>();
  for (const { verdict, indicator } of findings) if (verdict === 'trace' && indicator) proven.add(indicator.collection);
  return findings.map((finding) =>
    finding.evidence === 'present' && finding.indicator !== undefined && proven.has(finding.indicator.collection)
      ? { ...finding, verdict: 'trace' }
      : finding,
  );
}
