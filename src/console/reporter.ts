import { useQuery } from '@tanstack/react-query';
import type { FindingItem } from '../findings/api.ts';
import { listDevices } from './device-names.ts';
import { usePersonNames } from './person-names.ts';
import { text } from './text.ts';

/** Says whose word each finding is: what the phone's own owner sent weighs less than what an investigator found. */
export function useReporters(): (finding: FindingItem) => string {
  const personOf = usePersonNames();
  const devices = useQuery({ queryKey: ['devices'], queryFn: listDevices }).data;
  const say = text.findings.reporter;
  return ({ reported, deviceId }) => {
    if (reported === null) return say.unknown;
    if (reported.by === 'look-up') return say.lookUp;
    const role = Object.entries(text.people.roles).find(([id]) => id === reported.role)?.[1] ?? '';
    if (reported.personId === null) return say.token(role);
    const name = personOf(reported.personId) ?? say.gone;
    const own = devices?.some(({ id, person }) => id === deviceId && person.id === reported.personId);
    return own ? say.owner(name) : say.person(name, role);
  };
}
