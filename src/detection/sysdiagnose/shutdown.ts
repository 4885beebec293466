import type { ShutdownRecord } from '../../evidence/index.ts';
import { told } from '../android/told.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';

type Shutdown = ShutdownRecord & { readonly kind: 'shutdown' };

const ARTEFACT = 'shutdown-log';
/** Folders in which no program of the system or of an app lies. */
const STAGING = /^\/(?:private\/)?var\/(?:db|tmp)\//;
const ROLE_ACCOUNT = 'com.apple.xpc.roleaccountd.staging';
const MANY_ROUNDS = 3;
/** Rounds of waiting that are told; a phone that is slow at each shutdown says nothing new with the next. */
const MAX_SLOW = 5;

/**
 * Looks at who held up a shutdown.
 *
 * Pegasus ran from `/private/var/db/com.apple.xpc.roleaccountd.staging/`, Reign and Predator from `/private/var/db/` and `/private/var/tmp/` (Kaspersky,
 * "A lightweight method to detect potential iOS malware", 2024-01): no other program lies there. Three or more rounds of waiting before the end
 * are Kaspersky's second sign. False alarm of the second: a phone that installs an update or has a full disk is slow, too.
 */
export const judgeShutdowns: Heuristic<ShutdownRecord> = () => {
  const findings = keepFindings();
  let slow = 0;
  return {
    record(record) {
      if (record.kind !== 'shutdown') return;
      findings.push(...stagingFindings(record));
      if (record.delaySeconds.length >= MANY_ROUNDS && ++slow <= MAX_SLOW) findings.push(slowFinding(record));
    },
    end: findings.kept,
  };
};

function stagingFindings({ path, line, atMs, clients }: Shutdown): Finding[] {
  const programs = new Set(clients.map(({ program }) => program).filter((program) => STAGING.test(program)));
  return [...programs].map((value) =>
    told(ARTEFACT, {
      level: value.includes(`/${ROLE_ACCOUNT}/`) ? 'critical' : 'high',
      verdict: 'unusual',
      evidence: 'executed',
      value,
      path,
      locator: `shutdown at line ${line}`,
      atMs,
      explanation: value.includes(`/${ROLE_ACCOUNT}/`)
        ? 'A program ran from the folder from which the spyware Pegasus ran. Nothing of the system or of an app is known to run from there.'
        : 'A program ran from a folder in which no program of the system or of an app lies; several kinds of spyware ran from there. Software under test on a developer’s phone can do so as well.',
    }),
  );
}

function slowFinding({ path, line, atMs, delaySeconds, clients }: Shutdown): Finding {
  const programs = [...new Set(clients.map(({ program }) => program))];
  return told(ARTEFACT, {
    level: 'low',
    verdict: 'unusual',
    evidence: 'structure',
    value: programs.slice(0, 10).join(', ').slice(0, 1000) || 'no program named',
    path,
    locator: `shutdown at line ${line}`,
    atMs,
    explanation: `The phone waited ${delaySeconds.length} times for programs that did not end when it was switched off. Spyware has been seen to cause that; so do updates, a full storage and programs that hang.`,
  });
}
