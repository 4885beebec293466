import type { FilesystemPlant } from './ios-filesystem.ts';
import { PLANTED, type Plant } from './planted.data.ts';
import type { Trace } from './trace.ts';

const host = (artefact: string, plant: Plant): Trace => ({
  told: `high unusual ${artefact}`,
  indicator: ['domain-name', PLANTED[plant]],
});
const program = (told: string): Trace => ({ told, indicator: ['process:name', PLANTED.process] });

/** What a check must tell of each trace that stands alone in a copy of a file system. */
export const FILESYSTEM_TRACES: Readonly<Record<FilesystemPlant, Trace>> = {
  'message-in-log': host('sms', 'sms-link'),
  'safari-visit': host('safari-history', 'safari-visit'),
  'cached-answer': host('cache-files', 'file-host'),
  'net-usage': program('critical trace net-usage'),
  'no-binary': { told: 'medium unusual network-programs' },
  'analytics-url': host('keychain-analytics', 'whatsapp-link'),
  favicon: host('safari-favicons', 'chrome-visit'),
  shutdown: program('critical trace shutdown-log'),
  'indexed-db': host('webkit-websites', 'websql-folder'),
  'safari-view': host('webkit-websites', 'observed-host'),
  folder: program('high unusual filesystem'),
  profile: {
    told: 'critical trace configuration-profiles',
    indicator: ['configuration-profile:id', PLANTED.profile],
  },
};
