import type { NetworkProgramRecord } from '../../evidence/index.ts';
import { told } from '../android/told.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';

/**
 * Tells programs that used the network, belong to no app and have no file on the phone.
 *
 * Spyware that runs from memory or removed its file leaves that (MVT, Datausage, for file systems). Only where the system's own files were copied.
 * False alarm: a daemon that an update of the system renamed or took away.
 */
export const judgeNetworkPrograms: Heuristic<NetworkProgramRecord> = () => {
  const findings = keepFindings();
  return {
    record({ path, process, bundleId, onDisk, firstAtMs }) {
      if (bundleId !== '' || onDisk) return;
      findings.push(
        told('network-programs', {
          level: 'medium',
          verdict: 'unusual',
          evidence: 'executed',
          value: process,
          path,
          atMs: firstAtMs,
          explanation: `The program "${process.slice(0, 100)}" used the network, belongs to no app, and no file of that name is on the phone. Spyware that removed itself leaves this; so does a part of the system that an update took away.`,
        }),
      );
    },
    end: findings.kept,
  };
};
