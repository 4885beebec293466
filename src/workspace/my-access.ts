import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { MyAccessReply } from '../access/api.ts';
import { jwkThumbprint } from '../formats/tdf/index.ts';
import { api, loadDeviceKey } from '../ui/index.ts';

/** What the signed-in person may do in this very browser and on their other devices, with every reason. */
export function useMyAccess(): UseQueryResult<MyAccessReply> {
  return useQuery({
    queryKey: ['my-access'],
    queryFn: async () => {
      const key = await loadDeviceKey();
      if (!key) return api<MyAccessReply>('me/access');
      const thumbprint = await jwkThumbprint(await crypto.subtle.exportKey('jwk', key.publicKey));
      return api<MyAccessReply>(`me/access?thumbprint=${thumbprint}`);
    },
  });
}
