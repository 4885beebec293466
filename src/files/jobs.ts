import type { JobHandlers } from '../jobs/index.ts';
import { readLabelsJob } from './read-labels.ts';
import type { FilesServices } from './services.ts';
import { tellOwners } from './waiting.ts';

/** Jobs of this room. */
export function filesJobs(services: Pick<FilesServices, 'db' | 'blobs' | 'now'>): JobHandlers {
  return {
    'files.read-labels': () => readLabelsJob(services),
    'files.group-grew': (payload) => tellOwners(services, payload),
  };
}
