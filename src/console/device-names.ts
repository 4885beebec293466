import { useQuery } from '@tanstack/react-query';
import type { AccessState } from '../access/api.ts';
import type { DeviceItem, DeviceList } from '../devices/api.ts';
import { ApiError, api } from '../ui/index.ts';

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
