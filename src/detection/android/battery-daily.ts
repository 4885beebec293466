import type { BatteryDailyRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { told } from './told.ts';

/** Android keeps ten days; a hostile file does not get more room than this. */
const MAX_KEPT = 20_000;

/**
 * Looks for apps that went back to an older version, and for apps that were removed, by date and not by the order of the file.
 *
 * A downgrade needs a cable or another app's help, and old versions have known holes; testers and people who dislike an update do it too.
 * MVT tells a removal at MEDIUM; people remove apps every day, so here it is told as a weakness only, because what spied may be gone.
 * The version after a removal is a new installation and no downgrade.
 */
export const judgeBatteryDaily: Heuristic<BatteryDailyRecord> = () => {
  const records: BatteryDailyRecord[] = [];
  return {
    record(record) {
      if (records.length < MAX_KEPT) records.push(record);
    },
    end() {
      const findings = keepFindings();
      const versions = new Map<string, number>();
      const inOrder = records.toSorted((a, b) => a.from.ms - b.from.ms || a.packageName.localeCompare(b.packageName));
      for (const record of inOrder) {
        const { packageName, version } = record;
        const before = versions.get(packageName);
        versions.set(packageName, version);
        if (version === 0) findings.push(removed(record));
        else if (before !== undefined && before > version) findings.push(downgraded(record, before));
      }
      return findings.kept();
    },
  };
};

function removed({ path, packageName, from }: BatteryDailyRecord): Finding {
  return told('battery-daily', {
    level: 'low',
    verdict: 'weakness',
    value: packageName,
    path,
    locator: `day from ${from.local} (time of the phone)`,
    atMs: from.zoneUnknown ? undefined : from.ms,
    explanation:
      'This app was removed in the days before. Most removals are ordinary; ask whether the owner knows of it.',
  });
}

function downgraded({ path, packageName, version, from }: BatteryDailyRecord, before: number): Finding {
  return told('battery-daily', {
    level: 'medium',
    verdict: 'unusual',
    value: packageName,
    path,
    locator: `day from ${from.local} (time of the phone), version ${before} to ${version}`,
    atMs: from.zoneUnknown ? undefined : from.ms,
    explanation:
      'This app went back to an older version, which the store never does. Old versions have known holes; a technician or the owner may have done it.',
  });
}
