import type { AccessState } from '../access/api.ts';
import type { DeviceItem } from '../devices/api.ts';
import { State } from '../ui/index.ts';
import { ACCESS_KIND } from './access-kind.ts';
import { text } from './text.ts';

/** Where a device stands. Nothing is decided about one that has not enrolled yet or has left, whatever its owner's account says. */
export function Standing({
  state,
  access,
}: {
  readonly state: DeviceItem['state'];
  readonly access: AccessState | undefined;
}) {
  if (state === 'pending') return <State kind="waiting">{text.devices.enrolment.pending}</State>;
  if (state === 'checked-out') return <State kind="unknown">{text.devices.enrolment['checked-out']}</State>;
  return <State kind={ACCESS_KIND[access ?? 'unknown']}>{text.states[access ?? 'unknown']}</State>;
}
