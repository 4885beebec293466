import { PLANTED } from './planted.data.ts';
import type { SysdiagnosePlant } from './sysdiagnose.ts';
import { PLANTED_APP } from './sysdiagnose-logs.ts';
import type { Trace } from './trace.ts';

const ran = (artefact: string): Trace => ({
  told: `critical trace ${artefact}`,
  indicator: ['process:name', PLANTED.process],
});
const named = (artefact: string): Trace => ({
  told: `critical unusual ${artefact}`,
  indicator: ['app:id', PLANTED_APP],
});

/** What a check must tell of each trace that stands alone in a sysdiagnose. */
export const SYSDIAGNOSE_TRACES: Readonly<Record<SysdiagnosePlant, Trace>> = {
  'shutdown-client': ran('shutdown-log'),
  'shutdown-staging': { told: 'critical unusual shutdown-log' },
  'shutdown-delays': { told: 'low unusual shutdown-log' },
  'lost-shutdowns': { told: 'medium unusual boots' },
  process: ran('processes'),
  'hidden-process': { told: 'medium unusual processes' },
  crash: ran('crashes'),
  'low-memory': ran('crashes'),
  'crash-listed': ran('crashes'),
  permission: { told: 'critical unusual permissions', indicator: ['process:name', PLANTED.permission] },
  install: named('app-installs'),
  sideloaded: { told: 'medium unusual app-installs' },
  pairing: { told: 'high unusual lockdown-log' },
  'log-statistics': ran('log-statistics'),
  'log-statistics-text': ran('log-statistics'),
  'unified-log': ran('unified-log'),
  'loaded-binary': ran('loaded-binaries'),
  profile: {
    told: 'critical trace configuration-profiles',
    indicator: ['configuration-profile:id', PLANTED.profile],
  },
  'profile-event': { told: 'low weakness profile-events' },
  setting: ran('settings-events'),
  'network-extension': { told: 'high unusual network-extensions', indicator: ['domain-name', PLANTED['sms-link']] },
  'store-app': named('app-store'),
  'power-process': ran('power-log'),
  'associated-app': named('associated-domains'),
};
