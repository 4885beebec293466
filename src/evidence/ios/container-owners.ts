import { isPlistDict, type PlistValue } from '../../formats/plist/index.ts';
import { type Artefact, unreadable } from '../evidence.ts';
import { reasonOf } from '../failure.ts';

const METADATA = '.com.apple.mobile_container_manager.metadata.plist';
/** Folder of a container: its parent says what kind, its own name is random. */
const CONTAINER = /^(\/private\/var\/(?:mobile\/)?[Cc]ontainers\/[A-Za-z]+\/[A-Za-z]+\/[^/]+)\/(.+)$/;
/** iOS keeps the pictures of an app's last screens under its identifier, in its own container. */
const SNAPSHOTS = /^Library\/SplashBoard\/Snapshots\/([\w-]+(?:\.[\w-]+)+) - \{/;

/** Files that only one app keeps so, in the container that they stand in. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^(?:ChatStorage|ContactsV2|LID)\.sqlite$/, 'group.net.whatsapp.WhatsApp.shared'],
  [/^profile\.profile\/browser\.db$/, 'group.org.mozilla.ios.Firefox'],
  [/^Library\/Application Support\/Google\/Chrome\//, 'com.google.chrome.ios'],
  [/^Library\/Safari\/(?:History|BrowserState|SafariTabs)\.db$/, 'com.apple.mobilesafari'],
];

/**
 * Whose container each folder is: containers are named by random identifiers, and a list in each says whose it is. Where a copy lacks that list, what lies
 * inside tells.
 *
 * @param absolute path on the phone of a path of the evidence
 * @param artefacts takes a row for each list that cannot be read
 */
export async function containerOwners(
  paths: readonly string[],
  absolute: (path: string) => string,
  readPlist: (path: string) => Promise<PlistValue | undefined>,
  artefacts: Artefact[],
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  const guessed = new Map<string, string>();
  for (const path of paths) {
    const [, container, inside] = CONTAINER.exec(absolute(path)) ?? [];
    if (container === undefined || inside === undefined) continue;
    if (inside !== METADATA) {
      const owner = SNAPSHOTS.exec(inside)?.[1] ?? SHAPES.find(([shape]) => shape.test(inside))?.[1];
      if (owner !== undefined && !guessed.has(container)) guessed.set(container, owner);
      continue;
    }
    try {
      const list = await readPlist(path);
      const owner = isPlistDict(list) ? list['MCMMetadataIdentifier'] : undefined;
      if (typeof owner === 'string') owners.set(container, owner);
    } catch (error) {
      artefacts.push(unreadable('containers', path, 0, reasonOf(error)));
    }
  }
  for (const [container, owner] of guessed) if (!owners.has(container)) owners.set(container, owner);
  return owners;
}
