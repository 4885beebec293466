/**
 * Who can cause a sighting: `others` by sending something, or by what a page, a mail or an advertisement brings along; `owner` takes somebody
 * who installs, allows or sets something on the phone; `phone` is what the system writes of what ran or stands there.
 */
export type Cause = 'others' | 'owner' | 'phone';

/** By artefact, then by kind of thing and evidence. Complete: what a reader emits and does not stand here fails a test. */
export const CAUSES: Readonly<Record<string, Readonly<Record<string, Cause>>>> = {
  accessibility: {
    'app present': 'owner',
  },
  activities: {
    'app present': 'owner',
  },
  'app-installs': {
    'app present': 'owner',
    'path present': 'owner',
    'process executed': 'phone',
  },
  'app-store': {
    'app present': 'owner',
  },
  applications: {
    'app present': 'owner',
    'process present': 'owner',
  },
  appops: {
    'app present': 'owner',
  },
  'associated-domains': {
    'app present': 'owner',
  },
  'backup-apps': {
    'app present': 'owner',
  },
  'battery-daily': {
    'app present': 'owner',
  },
  'battery-history': {
    'app executed': 'phone',
  },
  'cache-files': {
    'url visited': 'others',
  },
  calendar: {
    'email received': 'others',
    'url received': 'others',
  },
  'chrome-favicons': {
    'url visited': 'others',
  },
  'chrome-history': {
    'url visited': 'others',
  },
  'configuration-profiles': {
    'url connected': 'owner',
    'host connected': 'owner',
    'profile present': 'owner',
  },
  crashes: {
    'path executed': 'phone',
    'process executed': 'phone',
  },
  'data-usage': {
    'process executed': 'phone',
  },
  dbinfo: {
    'app present': 'owner',
  },
  filesystem: {
    'path present': 'phone',
    'path received': 'others',
  },
  'firefox-favicons': {
    'url visited': 'others',
  },
  'firefox-history': {
    'url visited': 'others',
  },
  getprop: {
    'property present': 'phone',
  },
  'ids-status-cache': {
    'email received': 'others',
  },
  interactions: {
    'url received': 'others',
    'email received': 'others',
  },
  'intrusion-logs': {
    'hash executed': 'phone',
    'app executed': 'phone',
    'app present': 'owner',
    'host visited': 'others',
    'path present': 'owner',
    'process executed': 'phone',
  },
  'keychain-analytics': {
    'process structure': 'others',
    'url visited': 'others',
  },
  'loaded-binaries': {
    'path executed': 'phone',
    'process executed': 'phone',
  },
  'location-clients': {
    'path present': 'phone',
    'process executed': 'phone',
  },
  'log-statistics': {
    'path executed': 'phone',
    'process executed': 'phone',
  },
  manifest: {
    'host visited': 'others',
    'path present': 'phone',
    'path received': 'others',
  },
  'net-usage': {
    'process executed': 'phone',
  },
  'network-extensions': {
    'url connected': 'owner',
    'app present': 'owner',
    'host connected': 'owner',
  },
  'os-analytics': {
    'process executed': 'phone',
  },
  packages: {
    'app present': 'owner',
  },
  permissions: {
    'path permitted': 'owner',
    'app permitted': 'owner',
    'process permitted': 'owner',
  },
  'platform-compat': {
    'app present': 'owner',
  },
  'power-log': {
    'process executed': 'phone',
  },
  mounts: {
    'path present': 'phone',
  },
  processes: {
    'app executed': 'phone',
    'path executed': 'phone',
    'process executed': 'phone',
  },
  'profile-events': {
    'process executed': 'phone',
    'profile present': 'owner',
  },
  'qf-files': {
    'path present': 'phone',
    'path received': 'others',
  },
  'qf-mounts': {
    'path present': 'phone',
  },
  'qf-packages': {
    'app present': 'owner',
    'certificate present': 'owner',
    'hash present': 'owner',
    'path present': 'owner',
  },
  'qf-processes': {
    'app executed': 'phone',
    'process executed': 'phone',
  },
  'qf-root-binaries': {
    'path present': 'phone',
  },
  receivers: {
    'app present': 'owner',
  },
  'safari-browser-state': {
    'url visited': 'others',
  },
  'safari-favicons': {
    'url visited': 'others',
  },
  'safari-history': {
    'url visited': 'others',
  },
  'settings-events': {
    'process executed': 'phone',
  },
  shortcuts: {
    'url received': 'others',
  },
  'shutdown-log': {
    'path executed': 'phone',
    'process executed': 'phone',
  },
  sms: {
    'email received': 'others',
    'url received': 'others',
  },
  'sms-attachments': {
    'path received': 'others',
  },
  'sms-backup': {
    'url received': 'others',
  },
  tombstones: {
    'app executed': 'phone',
    'path executed': 'phone',
    'process executed': 'phone',
  },
  'unified-log': {
    'path executed': 'phone',
    'process executed': 'phone',
  },
  'webkit-statistics': {
    'host visited': 'others',
  },
  'webkit-websites': {
    'url visited': 'others',
  },
  whatsapp: {
    'url received': 'others',
  },
  calls: {
    'email received': 'others',
  },
  'safari-tabs': {
    'url visited': 'others',
  },
  files: {
    'hash present': 'phone',
    'hash received': 'others',
    'path structure': 'others',
    'process structure': 'others',
    'email received': 'others',
    'host received': 'others',
    'url received': 'others',
  },
  'webkit-session-log': {
    'host visited': 'others',
    'url visited': 'others',
  },
};
