import type { Emit, Sighting } from '../evidence.ts';

/** Sightings of one app per artefact and file: a known one in every line must not push all else out of the report. */
const MAX_PER_APP = 20;
/** Names counted: a phone has a thousand apps, a hostile file has more. */
const MAX_COUNTED = 100_000;

export type AppSighting = Pick<Sighting, 'evidence' | 'locator' | 'atMs' | 'installed'>;

/** Emits sightings of apps by package name, the first of each only. */
export function appSightings(
  emit: Emit<never>,
  artefact: string,
  path: string,
): (packageName: string, sighting: AppSighting) => void {
  const counts = new Map<string, number>();
  return (packageName, sighting) => {
    if (packageName === '') return;
    const count = counts.get(packageName) ?? 0;
    if (count >= MAX_PER_APP) return;
    if (counts.size < MAX_COUNTED || count > 0) counts.set(packageName, count + 1);
    emit.sighting({ kind: 'app', value: packageName, artefact, path, ...sighting });
  };
}
