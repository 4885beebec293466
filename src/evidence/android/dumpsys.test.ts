import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ArtefactModule } from '../evidence.ts';
import { accessibility } from './accessibility.ts';
import { type AdbRecord, adb } from './adb.ts';
import { appops, lastUse } from './appops.ts';
import { batteryDaily } from './battery-daily.ts';
import { batteryHistory } from './battery-history.ts';
import { dbinfo } from './dbinfo.ts';
import { findSections } from './dumpstate.ts';
import type { AndroidFiles } from './files.ts';
import { getprop } from './getprop.ts';
import { packages } from './packages.ts';
import { platformCompat } from './platform-compat.ts';
import { activities, receivers } from './resolvers.ts';
import { androidFiles, readAll } from './testing.ts';

const MVT = '../shared/data/mvt-artifacts/android_data';

/** One artefact of MVT's tests (MVT License 1.1, not part of this repository). */
async function ofFile<R>(module: ArtefactModule<AndroidFiles, R>, name: string) {
  return readAll(module, await androidFiles({ [name]: readFileSync(`${MVT}/${name}`) }));
}

describe.skipIf(!existsSync(MVT))(
  'modules on the dumps of MVT (left out where its artefacts are not beside the repository)',
  () => {
    it('accessibility: four installed services before Android 14, the enabled one after', async () => {
      const old = await ofFile(accessibility, 'dumpsys_accessibility.txt');
      expect(old.records.map(({ packageName, enabled }) => [packageName, enabled])).toEqual([
        ['com.android.settings', false],
        ['com.samsung.accessibility', false],
        ['com.samsung.accessibility', false],
        ['com.sec.android.app.camera', false],
      ]);
      const { records } = await ofFile(accessibility, 'dumpsys_accessibility_v14_or_later.txt');
      expect(records).toMatchObject([
        { packageName: 'com.malware.accessibility', service: 'com.malware.service.malwareservice', enabled: true },
      ]);
    });

    it('adb: one key, named by its MD5, in text, binary XML and XML', async () => {
      const keysOf = (records: readonly AdbRecord[]) => records.filter(({ kind }) => kind === 'key');
      for (const name of ['dumpsys_adb.txt', 'dumpsys_adb_wifi.txt']) {
        const { rows, records } = await ofFile(adb, name);
        expect(rows).toMatchObject([{ status: 'examined', records: 1 }]);
        expect(keysOf(records)).toMatchObject([
          { user: 'user@linux', fingerprint: 'F0:A1:3D:8C:B3:F4:7B:09:9F:EE:8B:D8:38:2E:BD:C6' },
        ]);
        expect(records).toContainEqual({ kind: 'state', path: name, connected: true, wirelessEnabled: false });
      }
      expect(keysOf((await ofFile(adb, 'dumpsys_adb_xml.txt')).records)).toMatchObject([
        {
          user: 'user@laptop',
          fingerprint: 'F0:0B:27:08:E3:68:7B:FA:4C:79:A2:B4:BF:0E:CF:70',
          lastConnectedMs: 1628501829898,
        },
      ]);
    });

    it('appops: thirteen apps with what they may do', async () => {
      const { records } = await ofFile(appops, 'dumpsys_appops.txt');
      expect(records).toHaveLength(13);
      expect(records[0]).toMatchObject({
        packageName: 'com.android.phone',
        uid: '0',
        permissions: [{ name: 'MANAGE_IPSEC_TUNNELS', mode: 'allow', entries: [] }],
      });
      expect(records[6]).toMatchObject({ packageName: 'com.sec.factory.camera' });
      const uses = records[6]?.permissions.map((permission) => lastUse(permission)?.local);
      expect(uses).toEqual([undefined, '2022-03-29 18:37:30.315']);
    });

    it('battery: three updates of a day, five events', async () => {
      const daily = await ofFile(batteryDaily, 'dumpsys_battery.txt');
      expect(daily.records.map(({ packageName, version }) => [packageName, version])).toEqual([
        ['com.facebook.services', 385230290],
        ['com.facebook.katana', 315814651],
        ['com.facebook.system', 385230279],
      ]);
      const history = await ofFile(batteryHistory, 'dumpsys_battery.txt');
      expect(history.records.map(({ event, uid, packageName }) => [event, uid, packageName])).toEqual([
        ['start_job', 'u0a94', 'com.samsung.android.app.reminder'],
        ['end_job', 'u0a94', 'com.samsung.android.app.reminder'],
        ['start_top', 'u0a280', 'com.whatsapp'],
        ['end_top', 'u0a280', 'com.whatsapp'],
        ['start_top', 'u0a44', 'com.sec.android.app.launcher'],
      ]);
    });

    it('dbinfo: five statements, and the app on each path', async () => {
      const { records, sightings } = await ofFile(dbinfo, 'dumpsys_dbinfo.txt');
      expect(records).toHaveLength(5);
      expect(records[0]).toMatchObject({
        action: 'executeForCursorWindow',
        sql: 'PRAGMA database_list;',
        databasePath: '/data/user/0/com.wssyncmldm/databases/idmsdk.db',
        pid: 0,
      });
      expect(sightings.filter(({ value }) => value === 'com.wssyncmldm')).toHaveLength(5);
    });

    it('getprop, platform_compat: properties, removed apps', async () => {
      const { records } = await ofFile(getprop, 'getprop.txt');
      expect([records.length, records[0]]).toMatchObject([13, { name: 'af.fast_track_multiplier', value: '1' }]);
      const compat = await ofFile(platformCompat, 'dumpsys_platform_compat.txt');
      expect(compat.records.map(({ packageName }) => packageName)).toEqual([
        'org.torproject.torbrowser',
        'org.article19.circulo.next',
      ]);
    });

    it('package: two apps, four receivers, four activities', async () => {
      const { records } = await ofFile(packages, 'dumpsys_packages.txt');
      expect(records).toHaveLength(2);
      expect(records[0]).toMatchObject({
        packageName: 'com.samsung.android.provider.filterprovider',
        uid: '1000',
        versionName: '5.0.07',
        versionCode: '500700000',
        firstInstallTime: { local: '2008-12-31 16:00:00', zoneUnknown: true },
        system: true,
        installed: true,
      });
      const apps = async (module: typeof activities) =>
        (await ofFile(module, 'dumpsys_packages.txt')).records.map(({ packageName }) => packageName);
      expect(await apps(receivers)).toHaveLength(4);
      expect((await apps(receivers))[0]).toBe('com.android.storagemanager');
      expect(await apps(activities)).toHaveLength(4);
      expect(await apps(activities)).toContain('com.google.android.gms');
    });
  },
);

describe.skipIf(!existsSync(MVT))('modules on the bug report of MVT', () => {
  it('reads sections between their fences', async () => {
    const source = await androidFiles({ 'dumpstate.txt': readFileSync(`${MVT}/bugreport/dumpstate.txt`) });
    const ops = await readAll(appops, source);
    // MVT's timeline has 16 entries of these twelve apps.
    expect([ops.records.length, ops.events.length]).toEqual([12, 16]);
    const apps = await readAll(packages, source);
    expect(apps.records.map(({ permissions, installer }) => [permissions.length, installer])).toEqual([
      [4, ''],
      [32, 'com.android.vending'],
    ]);
    expect((await readAll(getprop, source)).rows).toMatchObject([{ status: 'absent' }]);
  });

  it('cut the section of a service from the dump of AndroidQF to the character', () => {
    const bytes = new Uint8Array(readFileSync('../shared/data/mvt-artifacts/androidqf/dumpsys.txt'));
    const file = {
      sizeBytes: bytes.length,
      read: (at: number, length: number) => bytes.subarray(at, at + length),
      close() {},
    };
    const section = findSections(file).find(({ service }) => service === 'package');
    // Without the line break at its end, which MVT leaves out.
    expect((section?.to ?? 0) - (section?.from ?? 0) - 1).toBe(3907);
  });
});
