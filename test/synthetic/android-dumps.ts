import type { AndroidPlant } from './android-plants.data.ts';
import { HEALTHY_APPS } from './android-plants.data.ts';
import type { AndroidLife } from './lives.data.ts';
import { namesIn } from './names.ts';
import { seeded } from './random.ts';

export type Has = (name: AndroidPlant | AndroidLife) => boolean;

/** Android 10 to 16. */
const RELEASES = ['16', '10', '11', '12', '13', '14', '15'];
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Asia/Tokyo', 'UTC'];

const FENCE = '-'.repeat(79);

/** The text of a bug report: properties and the dumps of services, as dumpstate writes them. @param apps further packages that it lists */
export function dumpstateText(has: Has, seed: number, apps: readonly string[] = []): string {
  const random = seeded(seed);
  const service = (name: string, text: string): string =>
    `${FENCE}\nDUMP OF SERVICE ${name}:\n${text}\n--------- 0.012s was the duration of dumpsys ${name}, ending at: 2025-06-01 10:00:01\n`;
  return [
    `${'='.repeat(56)}\n== dumpstate: 2025-06-01 10:00:00\n${'='.repeat(56)}\n`,
    `------ SYSTEM PROPERTIES (getprop) ------\n${propertiesText(has, seed)}------ 0.01s was the duration of 'SYSTEM PROPERTIES' ------\n`,
    running(has, seed),
    service('accessibility', accessibility(has)),
    service('adb', adb(has)),
    service('appops', appops(has)),
    service('batterystats', battery(has, random)),
    service('dbinfo', databases(has)),
    service('package', packages(has, apps)),
    service('platform_compat', compat(has)),
    service('settings', settings(has)),
  ].join('');
}

/** Programs that a generated phone runs of those that real ones have; which, the seed chooses. */
const RUNNING = 150;

/** What `ps` and `top` list: real programs and packages of phones, and what is planted. */
function running(has: Has, seed: number): string {
  const random = seeded(seed * 17 + 3);
  const some = (names: readonly string[]): readonly string[] =>
    Array.from({ length: RUNNING }, () => names[Math.floor(random() * names.length)] ?? '');
  const native = ['init', 'gatekeeperd', 'listrelayd2', ...some(namesIn('android-programs'))];
  if (has('listed-process')) native.push('listrelayd');
  const packages = some(namesIn('android-packages'));
  const all = [...native.map((name) => [name, name]), ...packages.map((name) => [name.slice(-15), name])];
  const ps = all.map(
    ([cut], i) => `u:r:x:s0 system ${100 + i} ${100 + i} 1 10000 1000 0 0 S 19 0 - 0 fg 00:00:00 ${cut}`,
  );
  const top = all.map(([cut, name], i) => `${100 + i} ${100 + i} system 20 0 0.0 S 10M 1M fg ${cut} ${name}`);
  return [
    '------ CPU INFO (top -b -n 1 -H -s 6 -o pid,tid,user,pr,ni,%cpu,s,virt,res,pcy,cmd,name) ------',
    '  PID   TID USER         PR  NI[%CPU]S VIRT  RES PCY CMD             NAME',
    ...top,
    "------ 0.5s was the duration of 'CPU INFO' ------",
    '------ PROCESSES AND THREADS (ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time) ------',
    'LABEL USER PID TID PPID VSZ RSS WCHAN ADDR S PRI NI RTPRIO SCH PCY TIME CMD',
    ...ps,
    "------ 0.5s was the duration of 'PROCESSES AND THREADS' ------\n",
  ].join('\n');
}

function settings(has: Has): string {
  const rows = [
    ['package_verifier_enable', has('guard-off') ? '0' : '1'],
    ['upload_apk_enable', '1'],
    ['accessibility_enabled', has('assisted') ? '1' : '0'],
    ...(has('maker') ? [['samsung_errorlog_agree', '0']] : []),
  ];
  const lines = rows.map(
    ([name, value], i) => `_id:${i} name:${name} pkg:android value:${value} default:1 defaultSystemSet:true`,
  );
  return `GLOBAL SETTINGS (user 0)\nversion: 212\n${lines.join('\n')}\n`;
}

/** `/proc/1/mountinfo`, as dumpstate adds it to the zip. */
export function mountinfoText(has: Has): string {
  const mount = (point: string, own: string, whole: string): string =>
    `36 35 254:6 / ${point} ${own},relatime shared:1 - ext4 /dev/block/dm-6 ${whole},seclabel\n`;
  return [
    mount('/', 'ro', 'ro'),
    mount('/vendor', 'ro', 'rw'),
    mount('/product', has('mounted-writable') ? 'rw' : 'ro', 'rw'),
    mount('/data', 'rw', 'rw'),
  ].join('');
}

/** `getprop` of a phone of June 2025; the seed chooses version, month of the patches and zone. */
export function propertiesText(has: Has, seed: number): string {
  const patches = `2025-0${1 + (seed % 5)}-05`;
  const properties: [string, string][] = [
    ['ro.product.model', 'Generated'],
    ['ro.build.version.release', RELEASES[seed % RELEASES.length] ?? ''],
    ['ro.build.version.security_patch', has('old-patches') ? '2023-01-05' : patches],
    ['ro.boot.verifiedbootstate', has('unverified-start') || has('rooted') ? 'orange' : 'green'],
    ['ro.debuggable', '0'],
    ['ro.secure', '1'],
    ['persist.sys.timezone', ZONES[seed % ZONES.length] ?? ''],
    ['persist.example.relay2', '1'],
    ...(has('property') ? [['persist.example.relay', '1'] as [string, string]] : []),
  ];
  return properties.map(([name, value]) => `[${name}]: [${value}]\n`).join('');
}

/** Crashes as `tombstone_*` files: an app's own, and what is planted. */
export function tombstoneFiles(has: Has): [string, string][] {
  const crash = (i: number, command: string, uid: number): [string, string] => [
    `FS/data/tombstones/tombstone_0${i}`,
    `${'*** '.repeat(16).trim()}\nBuild fingerprint: 'example/generated:16/user/release-keys'\nABI: 'arm64'\nTimestamp: 2025-05-29 17:43:49+0200\npid: ${900 + i}, tid: ${900 + i}, name: worker  >>> ${command} <<<\nuid: ${uid}\nsignal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------\n\nbacktrace:\n      #00 pc 000603ca  /apex/libc.so (abort+166)\n`,
  ];
  return [
    crash(0, 'org.example.notes', 10_123),
    crash(1, '/system/bin/crashrelayd2', 1013),
    ...(has('maker') ? [crash(4, '/vendor/bin/hw/android.hardware.maker-service', 1000)] : []),
    ...(has('crashed-process') ? [crash(2, '/system/bin/crashrelayd', 1013)] : []),
    ...(has('crashed-as-root') ? [crash(3, '/system/bin/netd', 0)] : []),
  ];
}

function accessibility(has: Has): string {
  const installed = ['org.example.notes', ...(has('accessibility-app') ? ['com.example.accessapp'] : [])];
  const aids = ['com.google.android.marvin.talkback', 'com.x8bit.bitwarden', ...AUTOMATION];
  const on = [...(has('accessibility-unknown') ? ['com.example.screenreads'] : []), ...(has('assisted') ? aids : [])];
  const enabled = on.map((app) => `{${app}/.Watch}`).join(', ');
  return `User state[\n     installed services: {\n${installed.map((app, i) => `       ${i} : ${app}/.Helper\n`).join('')}     }\n     Enabled services:{${enabled}}\n     Binding services:{}`;
}

/** A launcher and an app for automation, each used by millions. */
const AUTOMATION = ['com.teslacoilsw.launcher', 'net.dinglisch.android.taskerm'];

function adb(has: Has): string {
  const key = (who: string): string => `${btoa(who.repeat(30))} ${who}@desk`;
  const keys = [key('a'), ...(has('second-computer') || has('rooted') ? [key('b')] : [])].join('\n');
  const wifi = has('wireless-debugging') || has('tinkerer') ? 'true' : 'false';
  return `ADB MANAGER STATE (dumpsys adb):\n{\n  debugging_manager={\n    connected_to_adb=true\n    user_keys=${keys}\n\n  }\n  adb_wifi={\n    enabled=${wifi}\n  }\n}`;
}

function appops(has: Has): string {
  const used = '          Access: [fg-s] 2025-05-30 10:00:00.000 (-2d)';
  const app = (uid: string, name: string, ...operations: string[]): string =>
    `  Uid ${uid}:\n    state=cch\n    Package ${name}:\n${operations.join('\n')}\n`;
  const install = `      REQUEST_INSTALL_PACKAGES (${has('installed-others') ? 'allow' : 'default'}):`;
  const microphone = `      RECORD_AUDIO (allow):\n        null=[\n${used}\n        ]`;
  return [
    'Current AppOps Service state:\n',
    app('u0a1', 'org.example.notes', has('installed-others') ? `${install}\n${used}` : install),
    app('u0a2', 'com.example.opsapp2', microphone),
    app('2000', 'com.android.shell', has('shell-microphone') ? microphone : `      WAKE_LOCK (allow):\n${used}`),
    ...(has('maker')
      ? [app('u0a4', 'com.sec.android.app.samsungapps', `${install.replace('default', 'allow')}\n${used}`)]
      : []),
    ...(has('appops-app') ? [app('u0a3', 'com.example.opsapp', '      VIBRATE (allow):')] : []),
  ].join('');
}

function battery(has: Has, random: () => number): string {
  const jobs = [
    'org.example.notes',
    'com.example.batteryapp2',
    ...(has('battery-app') ? ['com.example.batteryapp'] : []),
  ];
  const history = jobs.map(
    (app, i) => `         +${i + 1}m${Math.floor(random() * 60)}s100ms (2) 09${i} +job=u0a9${i}:"${app}/.Sync"\n`,
  );
  const day = (date: string, ...updates: string[]): string =>
    `  Daily from ${date}-00-00-00 to ${date}-23-00-00:\n    Package changes:\n${updates.map((text) => `      Update ${text}\n`).join('')}`;
  const planted = [
    ...(has('battery-update') ? ['com.example.updatedapp vers=3'] : []),
    ...(has('maker') ? ['org.example.tried vers=0'] : []),
  ];
  return `Battery History (0% used, 27 used of 4096KB, 31 strings using 2694):\n                    0 (19) RESET:TIME: 2025-06-01-07-30-01\n${history.join('')}\n\nDaily stats:\n${day(
    '2025-05-30',
    `org.example.bank vers=${has('downgrade') ? 6 : 8}`,
    'com.example.updatedapp2 vers=4',
    ...planted,
  )}${day('2025-05-25', 'org.example.bank vers=7')}`;
}

function databases(has: Has): string {
  const pool = (app: string): string =>
    `Connection pool for /data/user/0/${app}/databases/main.db:\n  Open: true\n      Most recently executed operations:\n        0: [2025-05-31 12:21:44.097] [Pid:(812)]prepare took 2ms - succeeded, sql="SELECT 1"\n\n`;
  const apps = [
    'org.example.notes',
    'com.example.databaseapp2',
    ...(has('database-app') ? ['com.example.databaseapp'] : []),
  ];
  return `Applications Database Info:\n\n${apps.map(pool).join('')}`;
}

function packages(has: Has, more: readonly string[]): string {
  const table = (title: string, planted: string | undefined): string => {
    const apps = [
      'org.example.notes',
      'com.example.receiverapp2',
      ...more,
      ...(planted === undefined ? [] : [planted]),
    ];
    return `${title} Resolver Table:\n  Non-Data Actions:\n      android.intent.action.BOOT_COMPLETED:\n${apps.map((app, i) => `        1${i}a2b3 ${app}/.On\n`).join('')}\n`;
  };
  const app = (name: string, installer: string): string =>
    `  Package [${name}] (1a2b3c):\n    appId=10123\n    versionCode=12 minSdk=24 targetSdk=34\n    versionName=1.2\n    pkgFlags=[ HAS_CODE ]\n    timeStamp=2025-05-01 10:00:00\n    lastUpdateTime=2025-05-01 10:00:00\n    installerPackageName=${installer}\n    User 0: ceDataInode=1 installed=true hidden=false\n      firstInstallTime=2025-05-01 10:00:00\n`;
  const store = 'com.android.vending';
  return [
    table('Activity', has('activity') ? 'com.example.activityapp' : undefined),
    table('Receiver', has('receiver') ? 'com.example.receiverapp' : undefined),
    'Packages:\n',
    ...[...HEALTHY_APPS, ...more].map((name) => app(name, store)),
    ...(has('installed-app') ? [app('com.example.dumpapp', store)] : []),
    ...(has('root-app') ? [app('com.topjohnwu.magisk', store)] : []),
    ...(has('app-from-file') ? [app('com.example.fromfile', 'com.google.android.packageinstaller')] : []),
    ...(has('managed') ? [app('com.example.workmail', 'com.google.android.apps.work.clouddpc')] : []),
    ...(has('maker') ? [app('com.example.gallery', 'com.sec.android.app.samsungapps')] : []),
    ...(has('tinkerer') ? [app('org.example.fossmap', 'org.fdroid.fdroid')] : []),
    ...(has('tinkerer') ? [app('org.example.fetched', 'com.google.android.packageinstaller')] : []),
    ...(has('rooted') ? [app('com.topjohnwu.magisk', 'null')] : []),
    '\n',
  ].join('');
}

function compat(has: Has): string {
  const apps = ['com.example.compatapp2=false', ...(has('compat-app') ? ['com.example.compatapp=false'] : [])];
  return `ChangeId(180326845; name=OVERRIDE_MIN_ASPECT_RATIO_MEDIUM; disabled; overridable)\nChangeId(168419799; name=DOWNSCALED; disabled; packageOverrides={${apps.join(', ')}}; rawOverrides={${apps.join(', ')}}; overridable)`;
}
