import { useMe } from '../ui/index.ts';
import { text } from './text.ts';

const ROLES = ['member', 'auditor', 'investigator', 'administrator', 'owner'] as const;

/** The roles that whoever is signed in may give, as options: owners all of them, others membership alone. */
export function useRoleOptions(): readonly (readonly [string, string])[] {
  const owns = useMe().data?.role === 'owner';
  return (owns ? ROLES : ROLES.slice(0, 1)).map((id) => [id, text.people.roles[id]]);
}
