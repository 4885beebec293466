import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryTree } from '../../evidence/index.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { type Examination, examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

const MVT = '../shared/data/mvt-artifacts';
const NOW_MS = Date.UTC(2026, 0, 1);

function folder(root: string): Map<string, Uint8Array> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(names.filter((n) => statSync(join(root, n)).isFile()).map((n) => [n, readFileSync(join(root, n))]));
}

function indicators(...pairs: readonly (readonly [IndicatorKey, string])[]) {
  const list = pairs.map(([key, value], i) => ({ id: `i${i}`, key, value, collection: 'Family' }));
  return compileIndicators([{ source: 'test', bundle: { unsupported: [], indicators: list } }]);
}

async function run(
  files: ReadonlyMap<string, Uint8Array> | Readonly<Record<string, string>>,
  ...pairs: readonly (readonly [IndicatorKey, string])[]
): Promise<Examination> {
  const map = files instanceof Map ? files : new Map(Object.entries(files).map(([p, t]) => [p, Buffer.from(t)]));
  const result = await examine([memoryTree('test', map)], indicators(...pairs), {
    passwords: [],
    level: 'thorough',
    nowMs: NOW_MS,
    progress() {},
  });
  if ('unknown' in result) throw new Error('not recognised');
  return result;
}

/** "level verdict artefact value" of each finding. */
function told({ findings }: Examination): string[] {
  return findings.map(({ level, verdict, artefact, value }) => `${level} ${verdict} ${artefact} ${value}`);
}

function matched({ findings }: Examination): string[] {
  return findings
    .filter(({ kind, artefact }) => kind === 'indicator' && artefact !== 'files')
    .map(({ level, verdict, artefact }) => `${level} ${verdict} ${artefact}`);
}

describe.skipIf(!existsSync(MVT))(
  'whole runs on the artefacts of MVT (left out where they are not beside the repository)',
  () => {
    it('bug report: three alerts of MVT at MEDIUM are weaknesses: a right never used, crashes such as every phone has', async () => {
      const result = await run(folder(`${MVT}/android_data/bugreport`));
      expect(result.sources).toMatchObject([{ kind: 'android-bugreport', encrypted: false }]);
      expect(told(result)).toEqual([
        'low weakness appops org.mozilla.firefox',
        'low weakness tombstones /system/bin/adbd',
        'low weakness tombstones /vendor/bin/tzts_daemon',
      ]);
    });

    it('AndroidQF: five apps, one setting and four root programs, as MVT; and what its dump holds, which MVT leaves unread', async () => {
      const result = await run(folder(`${MVT}/androidqf`));
      expect(result.sources).toMatchObject([{ kind: 'androidqf' }]);
      const count = (artefact: string) => result.examined.find((row) => row.artefact === artefact)?.records;
      expect(
        ['qf-packages', 'qf-files', 'qf-processes', 'getprop', 'qf-root-binaries', 'qf-settings'].map(count),
      ).toEqual([7, 3, 15, 10, 4, 9]);
      expect(told(result)).toEqual([
        'high weakness qf-root-binaries /system/bin/su',
        'high weakness qf-root-binaries /system/xbin/busybox',
        'high weakness qf-root-binaries /data/local/tmp/magisk',
        'high weakness qf-root-binaries /system/bin/magiskhide',
        'medium weakness qf-packages com.whatsapp',
        'medium weakness qf-settings samsung_errorlog_agree = 0',
        'medium weakness qf-packages app.revanced.manager.flutter',
        'medium weakness qf-packages com.google.android.youtube',
        'medium weakness qf-packages org.fdroid.fdroid',
        'low weakness appops org.mozilla.firefox',
        'info weakness qf-packages org.nuclearfog.apollo',
      ]);
    });

    it('AndroidQF with indicators: the app, the hash and the certificate of an installed app are traces', async () => {
      const files = folder(`${MVT}/androidqf`);
      expect(matched(await run(files, ['app:id', 'com.malware.blah']))).toEqual(['critical trace qf-packages']);
      const hash = '31037a27af59d4914906c01ad14a318eee2f3e31d48da8954dca62a99174e3fa';
      expect(matched(await run(files, ['file:hash', hash]))).toEqual(['critical trace qf-packages']);
      const cert = 'c7e56178748be1441370416d4c10e34817ea0c961eb636c8e9d98e0fd79bf730';
      expect(matched(await run(files, ['app:cert', cert]))).toEqual(['critical trace qf-packages']);
      expect(matched(await run(files, ['android-property:name', 'dalvik.vm.heapmaxfree']))).toEqual([
        'critical unusual getprop',
      ]);
    });

    it.each([
      ['dumpsys_accessibility.txt', 'app:id', 'com.sec.android.app.camera', ['critical trace accessibility']],
      ['dumpsys_appops.txt', 'app:id', 'com.facebook.katana', ['critical trace appops']],
      ['dumpsys_battery.txt', 'app:id', 'com.facebook.system', ['critical unusual battery-daily']],
      [
        'dumpsys_battery.txt',
        'app:id',
        'com.samsung.android.app.reminder',
        Array(2).fill('critical trace battery-history'),
      ],
      ['dumpsys_dbinfo.txt', 'app:id', 'com.wssyncmldm', Array(5).fill('critical unusual dbinfo')],
      ['dumpsys_packages.txt', 'app:id', 'com.sec.android.app.DataCreate', ['critical trace packages']],
      ['dumpsys_packages.txt', 'app:id', 'com.android.storagemanager', ['critical trace receivers']],
      ['dumpsys_packages.txt', 'app:id', 'com.google.android.gms', ['critical trace activities']],
      ['dumpsys_platform_compat.txt', 'app:id', 'org.torproject.torbrowser', ['critical unusual platform-compat']],
      ['getprop.txt', 'android-property:name', 'dalvik.vm.appimageformat', ['critical unusual getprop']],
      ['ps.txt', 'process:name', 'lru-add-drain', ['critical trace qf-processes']],
    ] as const)('%s with %s %s', async (name, key, value, expected) => {
      const result = await run(new Map([[name, readFileSync(`${MVT}/android_data/${name}`)]]), [key, value]);
      expect(matched(result)).toEqual(expected);
    });
  },
);
