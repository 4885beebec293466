/** A way to live with a phone that resembles an attack and is none, and what a check tells of it: sorted, once each. */
export interface Life {
  readonly what: string;
  /** Level, verdict and artefact; beside them stands only the age of the system. */
  readonly told: readonly string[];
  /** What is told beyond that where indicators are known. */
  readonly named?: readonly string[];
}

const ordinary: Life = { what: 'nothing particular', told: [] };

export const IOS_LIVES = {
  ordinary,
  managed: {
    what: 'the employer manages the phone: its server, certificate, VPN and apps',
    told: [
      'low weakness configuration-profiles',
      'low weakness profile-events',
      'medium unusual configuration-profiles',
      'medium weakness configuration-profiles',
    ],
  },
  reader: {
    what: 'reads, searches and chats about spyware; a friend quotes the notification he got from Apple',
    told: ['medium unusual sms'],
    named: ['info weakness files'],
  },
  tester: { what: 'tries apps of TestFlight and of an own computer', told: ['medium weakness applications'] },
  traveller: {
    what: 'signs in to the networks of hotels and trains',
    told: ['low weakness safari-history', 'medium unusual safari-history'],
  },
  tidy: { what: 'removes apps, messages and attachments often', told: ['low weakness data-usage'] },
} as const satisfies Record<string, Life>;

export const FILESYSTEM_LIVES = { ordinary } as const satisfies Record<string, Life>;

export const SYSDIAGNOSE_LIVES = {
  ordinary,
  managed: { what: 'the employer manages the phone', told: ['low weakness profile-events'] },
  tester: { what: 'installs own apps from a computer', told: ['medium unusual app-installs'] },
  tired: {
    what: 'slow when switched off; the battery ran empty twice; programs crash',
    told: ['low unusual shutdown-log'],
  },
} as const satisfies Record<string, Life>;

const managed: Life = { what: 'the employer manages the phone: its agent and apps from the managed store', told: [] };
const maker = "the maker's own apps and crashes, a store that installs, an app removed";
const assisted = 'a screen reader, a password manager, a launcher and an automation app';
const tinkerer = 'apps from other stores and from files, a computer by Wi-Fi';
const rooted = 'a developer rooted the phone and keeps tools on it';

export const BUGREPORT_LIVES = {
  ordinary,
  managed,
  maker: {
    what: maker,
    told: ['low weakness appops', 'low weakness battery-daily', 'low weakness tombstones', 'medium weakness settings'],
  },
  assisted: { what: assisted, told: ['low weakness accessibility', 'low weakness settings'] },
  tinkerer: {
    what: tinkerer,
    told: ['info weakness packages', 'medium weakness adb', 'medium weakness packages'],
  },
  rooted: { what: rooted, told: ['low weakness adb', 'medium weakness getprop', 'medium weakness packages'] },
} as const satisfies Record<string, Life>;

export const COLLECTION_LIVES = {
  ordinary,
  managed,
  maker: {
    what: maker,
    told: [
      'low weakness appops',
      'low weakness battery-daily',
      'low weakness tombstones',
      'medium weakness qf-settings',
      'medium weakness settings',
    ],
  },
  assisted: {
    what: assisted,
    told: ['low weakness accessibility', 'low weakness qf-settings', 'low weakness settings'],
  },
  tinkerer: {
    what: tinkerer,
    told: [
      'info weakness packages',
      'info weakness qf-packages',
      'medium weakness adb',
      'medium weakness packages',
      'medium weakness qf-packages',
    ],
  },
  rooted: {
    what: rooted,
    told: [
      'high weakness qf-root-binaries',
      'low weakness adb',
      'medium weakness getprop',
      'medium weakness packages',
      'medium weakness qf-files',
      'medium weakness qf-packages',
    ],
  },
} as const satisfies Record<string, Life>;

export const ARCHIVE_LIVES = {
  ordinary,
  reader: { what: 'chats about spyware, and names its hosts without a link', told: [] },
} as const satisfies Record<string, Life>;

export const LOG_LIVES = {
  ordinary,
  managed: { what: 'the employer adds its certificate', told: ['medium unusual intrusion-logs'] },
} as const satisfies Record<string, Life>;

export type IosLife = keyof typeof IOS_LIVES;
export type SysdiagnoseLife = keyof typeof SYSDIAGNOSE_LIVES;
export type AndroidLife = keyof typeof BUGREPORT_LIVES | keyof typeof ARCHIVE_LIVES | keyof typeof LOG_LIVES;
