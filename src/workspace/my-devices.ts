import { useQuery } from '@tanstack/react-query';
import type { OwnDevices } from '../devices/api.ts';
import { api } from '../ui/index.ts';
import { text } from './text.ts';

/** Turns the ids of one's own devices into names; a general word while they load. */
export function useMyDeviceNames(): (deviceId: string | null) => string {
  const own = useQuery({ queryKey: ['my-devices'], queryFn: () => api<OwnDevices>('me/devices') });
  return (deviceId) => own.data?.items.find(({ id }) => id === deviceId)?.name ?? text.today.device;
}
