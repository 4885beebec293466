import { useQuery } from '@tanstack/react-query';
import type { AccessState } from '../access/api.ts';
import type { AuditEntry } from '../audit/api.ts';
import type { DeviceItem, DeviceList } from '../devices/api.ts';
import { ApiError, api, words } from '../ui/index.ts';
import { usePersonNames } from './person-names.ts';
import { text } from './text.ts';

const PAGE = 200;

/** Reads the whole list, page after page: search and filter then need no server. */
export async function listDevices(): Promise<readonly DeviceItem[]> {
  const items: DeviceItem[] = [];
  let after: string | undefined;
  do {
    const page: DeviceList = await api(
      `devices?limit=${PAGE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`,
    );
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

/** Turns device ids into names; the id's head while they load. */
export function useDeviceNames(): (deviceId: string) => string {
  const devices = useQuery({ queryKey: ['devices'], queryFn: listDevices, staleTime: 60_000 });
  return (deviceId) => devices.data?.find(({ id }) => id === deviceId)?.name ?? deviceId.slice(0, 8);
}

interface Names {
  readonly device: (id: string) => string | undefined;
  readonly person: (id: string) => string | undefined;
}

/** Names of people and devices; undefined while they load and for what is gone. */
export function useNames(): Names {
  const devices = useQuery({ queryKey: ['devices'], queryFn: listDevices, staleTime: 60_000 });
  const person = usePersonNames();
  return { device: (deviceId) => devices.data?.find(({ id }) => id === deviceId)?.name, person };
}

/** The name of the person or device that an entry names, else what kind of actor it was. */
export function actorName(actor: AuditEntry['actor'], names: Names): string {
  const { kind, personId, deviceId } = actor;
  const name =
    typeof personId === 'string'
      ? names.person(personId)
      : typeof deviceId === 'string'
        ? names.device(deviceId)
        : undefined;
  return name ?? text.audit.actors.find(([id]) => id === kind)?.[1] ?? words(String(kind));
}

/** The decision's state of each device, by device id. */
export async function listDeviceStates(): Promise<ReadonlyMap<string, AccessState>> {
  try {
    const { items } = await api<{ items: readonly { deviceId: string; state: AccessState }[] }>('access/devices');
    return new Map(items.map(({ deviceId, state }) => [deviceId, state]));
  } catch (error) {
    // Without the list the devices are still listed, each as unknown: never as fine.
    if (error instanceof ApiError && error.status === 404) return new Map();
    throw error;
  }
}
