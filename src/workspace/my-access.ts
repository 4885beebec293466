import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { calculateJwkThumbprint } from 'jose';
import type { OwnDevices } from '../devices/api.ts';
import type { MyAccessReply } from '../privacy/api.ts';
import { api, loadDeviceKey } from '../ui/index.ts';
import { text } from './text.ts';

/** What the signed-in person may do in this very browser and on their other devices, with every reason. */
export function useMyAccess(): UseQueryResult<MyAccessReply> {
  return useQuery({
    queryKey: ['my-access'],
    queryFn: fetchMyAccess,
  });
}

async function fetchMyAccess(): Promise<MyAccessReply> {
  const key = await loadDeviceKey();
  if (!key) return api<MyAccessReply>('me/access');
  const thumbprint = await calculateJwkThumbprint(key.publicKey);
  return api<MyAccessReply>(`me/access?thumbprint=${thumbprint}`);
}

/** The name of the device that this browser belongs to, as its owner knows it. */
export async function nameOfThisDevice(): Promise<string> {
  const [{ thisBrowser }, { items }] = await Promise.all([fetchMyAccess(), api<OwnDevices>('me/devices')]);
  return items.find(({ id }) => id === thisBrowser.deviceId)?.name ?? text.today.device;
}
