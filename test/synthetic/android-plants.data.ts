import type { Trace } from './trace.ts';

const app = (id: string, told: string): Trace => ({ told, indicator: ['app:id', `com.example.${id}`] });

/** What stands in the dumps of services, in bug reports and in collections. */
const DUMP_TRACES = {
  'installed-app': app('dumpapp', 'critical trace packages'),
  'root-app': { told: 'medium weakness packages' },
  'app-from-file': { told: 'medium weakness packages' },
  receiver: app('receiverapp', 'critical trace receivers'),
  activity: app('activityapp', 'critical trace activities'),
  'accessibility-app': app('accessapp', 'critical trace accessibility'),
  'accessibility-unknown': { told: 'medium unusual accessibility' },
  'appops-app': app('opsapp', 'critical trace appops'),
  'installed-others': { told: 'medium weakness appops' },
  'shell-microphone': { told: 'medium unusual appops' },
  'battery-app': app('batteryapp', 'critical trace battery-history'),
  'battery-update': app('updatedapp', 'critical unusual battery-daily'),
  downgrade: { told: 'medium unusual battery-daily' },
  'database-app': app('databaseapp', 'critical unusual dbinfo'),
  'compat-app': app('compatapp', 'critical unusual platform-compat'),
  property: { told: 'critical unusual getprop', indicator: ['android-property:name', 'persist.example.relay'] },
  'old-patches': { told: 'medium weakness getprop' },
  'unverified-start': { told: 'medium weakness getprop' },
  'wireless-debugging': { told: 'medium weakness adb' },
  'second-computer': { told: 'low weakness adb' },
  'crashed-process': { told: 'critical trace tombstones', indicator: ['process:name', 'crashrelayd'] },
  'crashed-as-root': { told: 'low weakness tombstones' },
  'listed-process': { told: 'critical trace processes', indicator: ['process:name', 'listrelayd'] },
  'guard-off': { told: 'medium weakness settings' },
  'mounted-writable': { told: 'high unusual mounts' },
} as const satisfies Record<string, Trace>;

/** What AndroidQF adds to them. */
const COLLECTED_TRACES = {
  'listed-app': app('listedapp', 'critical trace qf-packages'),
  'listed-hash': { told: 'critical trace qf-packages', indicator: ['file:hash', 'ab'.repeat(32)] },
  'listed-certificate': { told: 'critical trace qf-packages', indicator: ['app:cert', 'cd'.repeat(32)] },
  'app-by-cable': { told: 'medium weakness qf-packages' },
  'guard-disabled': { told: 'medium weakness qf-packages' },
  'file-in-tmp': { told: 'high unusual qf-files' },
  'file-set-uid': { told: 'high unusual qf-files' },
  'file-path': { told: 'high unusual qf-files', indicator: ['file:path', '/sdcard/.relay/agent'] },
  'system-writable': { told: 'high unusual qf-mounts' },
  'running-process': { told: 'critical trace qf-processes', indicator: ['process:name', 'runrelayd'] },
  'root-binary': { told: 'high weakness qf-root-binaries' },
  'guard-setting': { told: 'medium weakness qf-settings' },
} as const satisfies Record<string, Trace>;

export const BACKUP_TRACES = {
  'backup-app': app('backupapp', 'critical trace backup-apps'),
  'backup-message': { told: 'high unusual sms-backup', indicator: ['domain-name', 'backup-relay.example'] },
} as const satisfies Record<string, Trace>;

export const BUGREPORT_TRACES = DUMP_TRACES;
/** A collection holds the dumps, a bug report and a backup too. */
export const COLLECTION_TRACES = { ...DUMP_TRACES, ...COLLECTED_TRACES, ...BACKUP_TRACES } as const;

/** Intrusion logs of Android 16. */
export const LOG_TRACES = {
  'looked-up': { told: 'high unusual intrusion-logs', indicator: ['domain-name', 'dns-relay.example'] },
  address: { told: 'high unusual intrusion-logs', indicator: ['ip-addr', '198.51.100.77'] },
  connected: { told: 'high unusual intrusion-logs', indicator: ['domain-name', 'connect-relay.example'] },
  started: app('startedapp', 'critical trace intrusion-logs'),
  'installed-by-log': app('newapp', 'critical trace intrusion-logs'),
  'shell-path': { told: 'high unusual intrusion-logs', indicator: ['file:path', '/data/local/tmp/relay'] },
  'authority-added': { told: 'medium unusual intrusion-logs' },
  'certificate-refused': { told: 'medium unusual intrusion-logs' },
  'key-changed': { told: 'medium unusual intrusion-logs' },
  'wipe-failed': { told: 'medium unusual intrusion-logs' },
  'started-unverified': { told: 'medium weakness intrusion-logs' },
  'logging-stopped': { told: 'low weakness intrusion-logs' },
} as const satisfies Record<string, Trace>;

export type AndroidPlant = keyof typeof COLLECTION_TRACES | keyof typeof LOG_TRACES;

/** Apps that every generated phone has: ordinary ones, and names that are nearly those of planted ones. */
export const HEALTHY_APPS = [
  'org.example.notes',
  'org.example.bank',
  'com.example.dumpapp2',
  'com.example.dumpap',
  'xcom.example.dumpapp',
  'com.example.dumpapp.helper',
  'com.x8bit.bitwarden',
] as const;
