import { type PlistDict, writeXmlPlist } from '../../formats/plist/index.ts';
import type { Db } from '../../storage/index.ts';
import { recordChange } from '../registry.ts';
import { refuseMessage } from './message.ts';
import type { AppleServices } from './services.ts';
import { findBootstrapToken, setBootstrapToken } from './store.ts';

/** A token is sealed for its device: in the row of another it opens nothing. */
const purposeFor = (deviceId: string): string => `devices-bootstrap-token/${deviceId}`;

/** SetBootstrapToken: keeps the token by which a Mac lets itself be managed; none, or an empty one, removes what is kept. */
export async function keepBootstrapToken(
  tx: Db,
  { secrets }: AppleServices,
  deviceId: string,
  message: PlistDict,
): Promise<void> {
  const token = message['BootstrapToken'];
  if (token !== undefined && !(token instanceof Uint8Array))
    throw refuseMessage('device-token', 'BootstrapToken is not data');
  const kept = token !== undefined && token.length > 0;
  await setBootstrapToken(tx, deviceId, kept ? secrets.seal(purposeFor(deviceId), token) : null);
  const actor = { kind: 'device', deviceId } as const;
  await recordChange(tx, deviceId, actor, kept ? 'device.bootstrap-token.kept' : 'device.bootstrap-token.removed', {});
}

/** GetBootstrapToken: the answer with the token, or nothing at all when none is kept. */
export async function giveBootstrapToken(
  db: Db,
  { secrets }: AppleServices,
  deviceId: string,
): Promise<Uint8Array | undefined> {
  const sealed = await findBootstrapToken(db, deviceId);
  if (sealed === undefined) return undefined;
  return writeXmlPlist({ BootstrapToken: secrets.open(purposeFor(deviceId), sealed) });
}
