import { FormatError, fromBase64, toBase64, utf8Bytes, utf8Text } from '../../base/index.ts';
import { arrayField, objectField, optionalText, type Record, recordOf, textField } from './fields.ts';

/** `download` hands the content over, `client` shows it in the page, `pixels` never sends it. */
export type ViewGrade = 'download' | 'client' | 'pixels';

/** The policy bound to a file: the standard's attributes and recipients, and Pavise's own restrictions beside them. */
export interface TdfPolicy {
  readonly uuid: string;
  /** Fully qualified attribute values, lower case. */
  readonly attributes: readonly string[];
  /** Addresses of the recipients, lower case. */
  readonly dissem: readonly string[];
  readonly owner?: string;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** How long a released key may be kept for opening without the server. */
  readonly offlineMs?: number;
  readonly view?: ViewGrade;
  readonly watermark?: boolean;
}

const MAX_POLICY_BYTES = 1024 * 1024;
const EXTENSION_KEYS = ['v', 'owner', 'notBefore', 'notAfter', 'offline', 'view', 'watermark'];

/**
 * Parses the base64 text of a manifest's policy.
 *
 * Unknown members of the `pavise` object are refused: each of them restricts, and what is not understood cannot be kept.
 * @throws FormatError `tdf-policy`
 */
export function parsePolicy(text: string): TdfPolicy {
  if (text.length > MAX_POLICY_BYTES) throw new FormatError('tdf-policy', -1, 'Cannot read TDF policy: over 1 MiB');
  try {
    const policy = recordOf(JSON.parse(utf8Text(fromBase64(text))), 'policy');
    const body = objectField(policy, 'body');
    return {
      uuid: textField(policy, 'uuid').toLowerCase(),
      attributes: arrayField(body, 'dataAttributes').map((item) =>
        textField(recordOf(item, 'dataAttributes'), 'attribute').toLowerCase(),
      ),
      dissem: arrayField(body, 'dissem').map(address),
      ...(policy.pavise === undefined ? {} : parseExtension(recordOf(policy.pavise, 'pavise'))),
    };
  } catch (error) {
    const why = error instanceof FormatError ? error.message.replace(/^Cannot read [^:]*: /, '') : 'not JSON';
    throw new FormatError('tdf-policy', -1, `Cannot read TDF policy: ${why}`);
  }
}

/** Serialises to the base64 text that goes into the manifest and under the binding. */
export function encodePolicy(policy: TdfPolicy): string {
  const extension = {
    v: 1,
    ...(policy.owner === undefined ? {} : { owner: policy.owner }),
    ...(policy.notBeforeMs === undefined ? {} : { notBefore: new Date(policy.notBeforeMs).toISOString() }),
    ...(policy.notAfterMs === undefined ? {} : { notAfter: new Date(policy.notAfterMs).toISOString() }),
    ...(policy.offlineMs === undefined ? {} : { offline: { max: `PT${Math.floor(policy.offlineMs / 1000)}S` } }),
    ...(policy.view === undefined ? {} : { view: policy.view }),
    ...(policy.watermark === undefined ? {} : { watermark: policy.watermark }),
  };
  const json = {
    uuid: policy.uuid,
    body: { dataAttributes: policy.attributes.map((attribute) => ({ attribute })), dissem: policy.dissem },
    ...(Object.keys(extension).length === 1 ? {} : { pavise: extension }),
  };
  return toBase64(utf8Bytes(JSON.stringify(json)));
}

function address(value: unknown): string {
  if (typeof value !== 'string') throw new FormatError('tdf-policy', -1, 'a recipient is not a text');
  return value.toLowerCase();
}

function parseExtension(extension: Record): Partial<TdfPolicy> {
  const unknown = Object.keys(extension).find((key) => !EXTENSION_KEYS.includes(key));
  if (extension.v !== 1 || unknown !== undefined) {
    throw new FormatError(
      'tdf-policy',
      -1,
      `restriction not understood (${JSON.stringify((unknown ?? 'v').slice(0, 40))})`,
    );
  }
  const owner = optionalText(extension, 'owner').toLowerCase();
  return {
    ...(owner === '' ? {} : { owner }),
    ...(extension.notBefore === undefined ? {} : { notBeforeMs: instant(extension, 'notBefore') }),
    ...(extension.notAfter === undefined ? {} : { notAfterMs: instant(extension, 'notAfter') }),
    ...(extension.offline === undefined ? {} : { offlineMs: offline(objectField(extension, 'offline')) }),
    ...(extension.view === undefined ? {} : { view: viewGrade(extension.view) }),
    ...(extension.watermark === undefined ? {} : { watermark: extension.watermark !== false }),
  };
}

function instant(record: Record, key: string): number {
  const ms = Date.parse(textField(record, key));
  if (Number.isNaN(ms)) throw new FormatError('tdf-policy', -1, `"${key}" is not a time`);
  return ms;
}

/** An ISO 8601 duration of days, hours, minutes and seconds. */
function offline(record: Record): number {
  const parts = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?$/.exec(textField(record, 'max'));
  if (parts === null) throw new FormatError('tdf-policy', -1, '"offline" is not a duration');
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function viewGrade(value: unknown): ViewGrade {
  if (value !== 'download' && value !== 'client' && value !== 'pixels')
    throw new FormatError('tdf-policy', -1, '"view" is unknown');
  return value;
}
