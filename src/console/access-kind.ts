import type { AccessState } from '../access/api.ts';
import type { StateKind } from '../ui/index.ts';

/** How the decision's states look. */
export const ACCESS_KIND = {
  fine: 'fine',
  grace: 'attention',
  blocked: 'blocked',
  unknown: 'unknown',
} as const satisfies Record<AccessState, StateKind>;
