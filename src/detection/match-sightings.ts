import type { Sighting } from '../evidence/index.ts';
import type { Finding } from './finding.ts';
import {
  type Indicator,
  type IndicatorIndex,
  matchApp,
  matchAppInPath,
  matchCertificate,
  matchEmail,
  matchHash,
  matchHost,
  matchPath,
  matchPathPart,
  matchProcess,
  matchProfile,
  matchProperty,
  matchUrl,
  ofPlatform,
  type Platform,
} from './indicators/index.ts';
import { isNote } from './is-note.ts';
import { partsOfProcesses } from './sighting-values.ts';

/**
 * Compares a sighting with the indicators; undefined when nothing matches.
 *
 * @param platform system of the phone: names of programs and files of another one match nothing. Undefined where it is not known
 */
export function matchSighting(index: IndicatorIndex, sighting: Sighting, platform?: Platform): Finding | undefined {
  const indicator = lookUp(index, sighting, platform);
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

function lookUp(index: IndicatorIndex, sighting: Sighting, platform: Platform | undefined): Indicator | undefined {
  switch (sighting.kind) {
    case 'url':
      return matchUrl(index, sighting.value);
    case 'host':
      return matchHost(index, sighting.value);
    case 'process':
      return ofPlatform(index, matchProcess(index, sighting.value, sighting.uncut), platform);
    case 'email':
      return matchEmail(index, sighting.value);
    case 'profile':
      return matchProfile(index, sighting.value);
    case 'app':
      return matchApp(index, sighting.value);
    case 'certificate':
      return matchCertificate(index, sighting.value);
    case 'hash':
      return matchHash(index, sighting.value);
    case 'property':
      return matchProperty(index, sighting.value);
    case 'path': {
      const absolute = sighting.value.startsWith('/') ? sighting.value : undefined;
      const known = matchPath(index, absolute, sighting.relativePath ?? sighting.value);
      return (
        ofPlatform(index, known, platform) ??
        matchAppInPath(index, sighting.value) ??
        matchProcessPart(index, sighting, platform)
      );
    }
  }
}

function matchProcessPart(
  index: IndicatorIndex,
  { processParts, value }: Sighting,
  platform: Platform | undefined,
): Indicator | undefined {
  if (processParts === undefined) return undefined;
  for (const part of partsOfProcesses(value, processParts)) {
    const indicator = ofPlatform(index, matchPathPart(index, part), platform);
    if (indicator !== undefined) return indicator;
  }
  return undefined;
}

type Judged = Pick<Finding, 'level' | 'verdict' | 'explanation'>;
type Seen = Pick<Sighting, 'kind' | 'evidence' | 'installed'>;

type Known = Pick<Indicator, 'type' | 'value' | 'collection' | 'weight' | 'common'>;

/**
 * What a match proves: by the kind of evidence, and by the place. A name of a program or file tells something where such names stand, in a list of
 * programs or of files; as mere text it is a note, and so is a common one as the name of a file. An indicator of low weight is never a trace by itself.
 */
export function judge(sighting: Seen, indicator: Known): Judged {
  const note = noteOn(sighting, indicator);
  if (note !== undefined) return { level: 'info', verdict: 'weakness', explanation: note };
  const judged = judgeEvidence(sighting, indicator);
  return indicator.weight === 'low' && judged.verdict === 'trace' ? { ...judged, verdict: 'unusual' } : judged;
}

function noteOn({ evidence }: Seen, { type, value, collection, common }: Known): string | undefined {
  const isName = type === 'process:name' || (type === 'file:name' && !value.includes('/'));
  if (evidence === 'structure' && (isName || common)) {
    return `A name that is known from ${collection} stands as text in this file. Text shows nothing by itself: the same word means other things too.`;
  }
  if ((evidence !== 'present' && evidence !== 'received') || !common) return undefined;
  return `A file or folder has a name or place that is known from ${collection} and that harmless files have too. It shows nothing by itself.`;
}

function judgeEvidence(sighting: Seen, { collection }: Pick<Indicator, 'collection'>): Judged {
  const family = `known from ${collection}`;
  switch (sighting.evidence) {
    case 'executed':
      return {
        level: 'critical',
        verdict: 'trace',
        explanation: `${executedThing(sighting.kind)} ${family} ran on this phone.`,
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
        explanation: `The phone opened or looked up an address ${family}. A link, a picture in a message or an advertisement can cause that; it alone does not show an infection.`,
      };
    case 'connected':
      return {
        level: 'high',
        verdict: 'unusual',
        explanation: `The phone looked up or reached an address ${family}. A link or an advertisement can cause that; it alone does not show an infection.`,
      };
    case 'received':
      if (sighting.kind === 'path' || sighting.kind === 'hash') return judgeReceivedFile(sighting.kind, family);
      return {
        level: 'high',
        verdict: 'unusual',
        explanation: `The phone holds a message or data with an address ${family}. Anyone can send one; that alone does not show an infection.`,
      };
    case 'present':
      return judgePresent(sighting, family);
    case 'structure':
      return {
        level: 'low',
        verdict: 'unusual',
        explanation: `Text that is ${family} stands in this file; the record around it is not known.`,
      };
  }
}

/** In a place that others can fill: who sends a file chooses its name, and its content. */
function judgeReceivedFile(kind: 'path' | 'hash', family: string): Judged {
  return kind === 'hash'
    ? {
        level: 'high',
        verdict: 'unusual',
        explanation: `A file with exactly the content of one ${family} lies where messages and downloads are kept. Anyone can send one; that alone does not show that it ran.`,
      }
    : {
        level: 'high',
        verdict: 'unusual',
        explanation: `A file whose name or place is ${family} lies where messages and downloads are kept. Anyone can send one under any name; that alone shows no infection.`,
      };
}

function executedThing(kind: Sighting['kind']): string {
  if (kind === 'app') return 'An app';
  return kind === 'hash' ? 'A program with exactly the content of one' : 'A program whose name or place is';
}

function judgePresent({ kind, installed }: Seen, family: string): Judged {
  if (kind === 'profile') {
    return { level: 'critical', verdict: 'trace', explanation: `A configuration profile ${family} is installed.` };
  }
  if (installed) return { level: 'critical', verdict: 'trace', explanation: `An app ${family} is installed.` };
  const common = { level: kind === 'path' ? 'high' : 'critical', verdict: 'unusual' } as const;
  switch (kind) {
    case 'app':
      return {
        ...common,
        explanation: `An app ${family} left its name in the records of this phone; it may have been removed since.`,
      };
    case 'hash':
      return { ...common, explanation: `A file with exactly the content of one ${family} is on the phone.` };
    case 'certificate':
      return { ...common, explanation: `A file signed with a certificate ${family} is on the phone.` };
    case 'property':
      return { ...common, explanation: `A system setting whose name is ${family} is set on this phone.` };
    default:
      return { ...common, explanation: `A file whose name or place is ${family} is on the phone.` };
  }
}

/** Raises a file that is present to a trace where another artefact shows the same family running or installed. @param proven collections of which something is a trace */
export function corroborate(finding: Finding, proven: ReadonlySet<string>): Finding {
  const { evidence, indicator } = finding;
  return evidence === 'present' && !isNote(finding) && indicator !== undefined && proven.has(indicator.collection)
    ? { ...finding, verdict: 'trace' }
    : finding;
}
