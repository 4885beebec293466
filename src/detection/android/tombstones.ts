import type { TombstoneRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';
import { told } from './told.ts';

/** Root, the system, the shell (AOSP, android_filesystem_config.h). */
const PRIVILEGED = new Map([
  [0, 'root'],
  [1000, 'the system'],
  [2000, 'the shell'],
]);

/**
 * Looks at crashes of programs with high rights, which exploits go for. MVT tells each at MEDIUM, and only where indicators are loaded; every
 * phone has such crashes, its debugging service and its makers' daemons first, so here each is a weakness for a person to compare with other signs.
 */
export const judgeTombstones: Heuristic<TombstoneRecord> = () => {
  const findings = keepFindings();
  return {
    record({ path, uid, pid, threadName, command, signal, time }) {
      const rights = uid === undefined ? undefined : PRIVILEGED.get(uid);
      if (rights === undefined) return;
      findings.push(
        told('tombstones', {
          level: 'low',
          verdict: 'weakness',
          evidence: 'executed',
          value: command || threadName,
          path,
          locator: `pid ${pid ?? 'unknown'}, ${signal}`,
          atMs: time === undefined || time.zoneUnknown ? undefined : time.ms,
          explanation: `A program with the rights of ${rights} crashed. Phones do that now and then; beside other signs at the same time it may have been an attempt to take the phone over.`,
        }),
      );
    },
    end: findings.kept,
  };
};
