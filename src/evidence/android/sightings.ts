import type { Emit, Sighting, SightingKind } from '../evidence.ts';

/** Sightings of one thing per artefact and file: a known one in every line must not push all else out of the report. */
const MAX_PER_VALUE = 20;
/** Names counted: a phone has a thousand apps, a hostile file has more. */
const MAX_COUNTED = 200_000;

type Place = Pick<Sighting, 'evidence' | 'locator' | 'atMs' | 'installed'>;

/** Emits sightings, the first of each value only. */
export function cappedSightings(
  emit: Emit<never>,
  artefact: string,
  path: string,
): (kind: SightingKind, value: string, place: Place) => void {
  const counts = new Map<string, number>();
  return (kind, value, place) => {
    if (value === '') return;
    const key = `${kind} ${place.evidence} ${value}`;
    const count = counts.get(key) ?? 0;
    if (count >= MAX_PER_VALUE) return;
    if (counts.size < MAX_COUNTED || count > 0) counts.set(key, count + 1);
    emit.sighting({ kind, value, artefact, path, ...place });
  };
}

/** Emits sightings of apps by package name, the first of each only. */
export function appSightings(
  emit: Emit<never>,
  artefact: string,
  path: string,
): (packageName: string, place: Place) => void {
  const sight = cappedSightings(emit, artefact, path);
  return (packageName, place) => sight('app', packageName, place);
}
