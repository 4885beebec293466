import type { Static } from 'typebox';
import type { Evidence } from '../../../src/detection/api.ts';
import type { Finding } from '../../../src/detection/finding.ts';
import { counterexample, Disproved, type Subject } from './subject.ts';

type Kind = Finding['evidence'];
const BY_OTHERS: readonly Kind[] = ['received', 'visited'];
// Written as records so that a kind which is added is missed by the compiler.
const KINDS = Object.keys({
  url: 0,
  host: 0,
  process: 0,
  email: 0,
  profile: 0,
  app: 0,
  certificate: 0,
  hash: 0,
  property: 0,
  path: 0,
} satisfies Record<Parameters<Subject['sightings']['judge']>[0]['kind'], 0>) as Parameters<
  Subject['sightings']['judge']
>[0]['kind'][];
const EVIDENCE = Object.keys({
  received: 0,
  visited: 0,
  connected: 0,
  present: 0,
  executed: 0,
  permitted: 0,
  structure: 0,
} satisfies Record<Static<typeof Evidence>, 0>) as Kind[];

const INDICATORS = ['process:name', 'file:name', 'domain-name:value'].flatMap((type) =>
  (['low', undefined] as const).flatMap((weight) =>
    [true, undefined].map((common) => ({ type, value: 'bh', collection: 'pegasus', weight, common })),
  ),
) as unknown as readonly NonNullable<Finding['indicator']>[]; // only what a judgement looks at

/**
 * Received or visited never refuses: what somebody else can put on a phone is never a trace, neither alone nor beside another thing that
 * somebody else put there. (That a decision looks at open traces and at no other verdict is part of the model of the posture.)
 */
export function proveReceived({ sightings: { judge, corroborate }, weak: { weighWeakMatches } }: Subject): void {
  const fail = (what: string): never => {
    throw new Disproved(counterexample('received or visited never refuses', what, new Map()));
  };
  for (const evidence of BY_OTHERS) {
    for (const kind of KINDS) {
      for (const indicator of INDICATORS) {
        for (const installed of [true, undefined]) {
          const seen = { kind, evidence, ...(installed ? { installed } : {}) };
          const judged = judge(seen, indicator);
          if (judged.verdict === 'trace') fail(`${kind} ${evidence} is a trace`);
          const finding = findingOf(evidence, indicator, judged, 'sms');
          if (corroborate(finding, new Set([indicator.collection])).verdict === 'trace')
            fail(`${kind} ${evidence} is raised to a trace`);
        }
      }
    }
  }
  for (const one of EVIDENCE) {
    for (const two of EVIDENCE) {
      if (!BY_OTHERS.includes(one) && !BY_OTHERS.includes(two)) continue;
      for (const indicator of INDICATORS) {
        const weigh = weighWeakMatches();
        const judged = judge({ kind: 'path', evidence: one }, indicator);
        weigh.add(findingOf(one, { ...indicator, value: 'other' }, judged, 'sms'));
        if (weigh.proves(findingOf(two, indicator, judge({ kind: 'path', evidence: two }, indicator), 'files')))
          fail(`${one} proves ${two}`);
      }
    }
  }
}

function findingOf(
  evidence: Kind,
  indicator: NonNullable<Finding['indicator']>,
  judged: Pick<Finding, 'level' | 'verdict' | 'explanation'>,
  artefact: string,
): Finding {
  return {
    ...judged,
    kind: 'indicator',
    evidence,
    value: indicator.value,
    indicator,
    artefact,
    path: '',
    locator: '',
    atMs: 0,
  };
}
