import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, readSections } from './files.ts';
import { appSightings } from './sightings.ts';

/** An app that answers an intent of the system. */
export interface ResolverRecord {
  readonly path: string;
  readonly intent: string;
  readonly packageName: string;
  readonly component: string;
}

/** Which activities answer which intents, from the section `package`. */
export const activities = resolverModule('activities', 'Activity Resolver Table:');
/** Which broadcast receivers answer which intents, from the section `package`. */
export const receivers = resolverModule('receivers', 'Receiver Resolver Table:');

const ENTRY = /^[0-9a-f]+ ([^\s/]+)\/(\S+)/;

/** Headers are told by their words, not by their indent: some phones write them at a depth of 15 blanks. */
function resolverModule(artefact: string, table: string): ArtefactModule<AndroidFiles, ResolverRecord> {
  return {
    artefact,
    read: (source, emit) =>
      readSections(source, artefact, 'package', (lines, path) => {
        const sight = appSightings(emit, artefact, path);
        let records = 0;
        let [inTable, inActions, intent] = [false, false, ''];
        for (const line of lines) {
          const text = line.trim();
          if (text.endsWith('Resolver Table:')) [inTable, inActions] = [text === table, false];
          else if (text === '') inActions = false;
          else if (inTable && text === 'Non-Data Actions:') inActions = true;
          else if (inActions) {
            const entry = ENTRY.exec(text);
            if (entry !== null) {
              const [, packageName = '', component = ''] = entry;
              emit.record({ path, intent, packageName, component });
              records++;
              sight(packageName, {
                evidence: 'present',
                installed: true,
                locator: `${intent} answered by ${packageName}/${component}`,
                atMs: undefined,
              });
            } else if (/^[A-Za-z ]+:$/.test(text) && text.includes(' ')) inActions = false;
            else if (text.endsWith(':')) intent = text.slice(0, -1);
          }
        }
        return records;
      }),
  };
}
