import type { AdbRecord } from '../../evidence/index.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { MAX_TOLD, told } from './told.ts';

type Key = AdbRecord & { kind: 'key' };

/**
 * Looks at the computers that may debug the phone. Evidence collected by cable leaves the key of the collecting computer, so one
 * key alone says nothing: told are keys beside the known one, or beside each other where it is not known; damaged keys; debugging by Wi-Fi.
 */
export const judgeAdb: Heuristic<AdbRecord> = () => {
  const keys = new Map<string, Key>();
  const hosts = new Set<string>();
  let wireless: string | undefined;
  return {
    record(record) {
      if (record.kind === 'host') hosts.add(record.fingerprint);
      else if (record.kind === 'state') wireless ??= record.wirelessEnabled ? record.path : undefined;
      else if (keys.size < MAX_TOLD) keys.set(`${record.fingerprint} ${record.user}`, record);
    },
    end() {
      const others = [...keys.values()].filter(({ fingerprint }) => !hosts.has(fingerprint));
      const strange =
        hosts.size > 0 || others.length > 1 ? others : others.filter(({ fingerprint }) => fingerprint === '');
      return [...strange.map(strangeKey), ...(wireless === undefined ? [] : [byWifi(wireless)])];
    },
  };
};

function strangeKey({ path, user, fingerprint, lastConnectedMs }: Key): Finding {
  return told('adb', {
    level: 'low',
    verdict: 'weakness',
    evidence: 'permitted',
    value: user || fingerprint || 'damaged key',
    path,
    locator: `key ${fingerprint || 'that cannot be read'}`,
    atMs: lastConnectedMs,
    explanation:
      'A computer may debug this phone by cable, and so read and install everything. It may be the one that collected this evidence, or a developer’s; ask the owner.',
  });
}

function byWifi(path: string): Finding {
  return told('adb', {
    level: 'medium',
    verdict: 'weakness',
    evidence: 'permitted',
    value: 'adb_wifi enabled=true',
    path,
    explanation: 'The phone can be debugged over Wi-Fi. Only developers need that; switch it off.',
  });
}
