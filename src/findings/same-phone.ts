import { createHash } from 'node:crypto';
import type { CheckReport } from '../detection/api.ts';
import { nativeIdOf, readDevice } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';

/** What a report says of its phone that this device is not. */
export interface OtherPhone {
  readonly what: 'udid' | 'platform' | 'model';
  /** For the sentence: what the report is of, and what the device is. */
  readonly reported: string;
  readonly known: string;
}

/** Apple's internal names: only they are the same in a backup and in the facts of device management. */
const APPLE_PRODUCT = /^(iPhone|iPad|iPod)\d+,\d+$/;

/**
 * Compares a report's phone with a device: by the hash of the UDID where both are known, else by make and model.
 *
 * A report for the wrong device would refuse files to an innocent person; what is not known is no difference.
 * @returns the first difference
 */
export async function findOtherPhone(
  db: Db,
  deviceId: string,
  { sources }: Pick<CheckReport, 'sources'>,
): Promise<OtherPhone | undefined> {
  const device = await readDevice(db, deviceId);
  if (device === undefined) return undefined;
  const nativeId = await nativeIdOf(db, deviceId);
  const ownHash = device.platform === 'apple' && nativeId !== null ? udidHash(nativeId) : undefined;
  const fact = device.facts.find(({ name }) => name === 'device.model')?.value;
  const model = typeof fact === 'string' ? fact : '';
  for (const source of sources) {
    const platform = platformOf(source.kind);
    if (platform !== undefined && platform !== device.platform)
      return { what: 'platform', reported: NAMES[platform], known: NAMES[device.platform] };
    const { productType, udidHash: reported } = source.device;
    if (reported !== undefined && ownHash !== undefined) {
      if (reported !== ownHash)
        return { what: 'udid', reported: 'another phone (its UDID differs)', known: 'not that one' };
      continue; // the very phone: a model that was exchanged in the facts says nothing
    }
    const comparable = APPLE_PRODUCT.test(productType) && APPLE_PRODUCT.test(model);
    if (comparable && productType !== model) return { what: 'model', reported: productType, known: model };
  }
  return undefined;
}

const NAMES = { apple: 'an Apple device', android: 'an Android device' } as const;

function platformOf(kind: CheckReport['sources'][number]['kind']): 'apple' | 'android' | undefined {
  if (kind.startsWith('ios')) return 'apple';
  return kind.startsWith('android') ? 'android' : undefined;
}

/** SHA-256 of the UDID in capitals, hex, as `sources[].device.udidHash` of the report. */
function udidHash(udid: string): string {
  return createHash('sha256').update(udid.toUpperCase()).digest('hex');
}
