import { FormatError } from '../../base/index.ts';
import { signedContent } from '../../formats/cms/index.ts';
import { isPlistDict, type PlistDict, type PlistValue } from '../../formats/plist/index.ts';
import { type ArtefactModule, type Emit, examined } from '../evidence.ts';
import { linksIn } from '../links.ts';
import { stringsOf } from '../plist-strings.ts';
import { bytesOf, filesWhere, type IosFiles, plistDictOf, readEach } from './files.ts';

/** One payload of a configuration profile. */
export interface ProfilePayload {
  readonly type: string;
  readonly uuid: string;
  readonly identifier: string;
  readonly name: string;
  readonly organisation: string;
  readonly content: PlistDict;
}

export interface ProfileRecord {
  readonly path: string;
  readonly uuid: string;
  readonly identifier: string;
  readonly name: string;
  readonly organisation: string;
  readonly installedAtMs: number | undefined;
  /** It came wrapped in a signature, which nobody verifies here. */
  readonly signed: boolean;
  /** Undefined where they are encrypted for the phone. */
  readonly payloads: readonly ProfilePayload[] | undefined;
}

const DOMAIN = 'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles';
/** Where a sysdiagnose has them, without their secrets. */
/** A copy may lack what says whose container it stands in. */
const ELSEWHERE = /(?:^|\/)ConfigurationProfiles\/(?:[^/]+\/)?profile-[^/]*$/;
const IN_SYSDIAGNOSE = /^logs\/MCState\/Shared\/profile-[^/]*\.stub$/;
const ARTEFACT = 'configuration-profiles';
const MAX_BYTES = 64 * 1024 * 1024;
/** Real profiles hold below a hundred. */
const MAX_PAYLOADS = 5000;
/** Members of payloads that name a host without a scheme (Apple's device-management schema). */
const HOST_KEYS = ['ProxyServer', 'RemoteAddress', 'HostName', 'ServerName', 'EmailAccountHostName'];

/** Installed configuration profiles with all their payloads; signed ones are unwrapped. */
export const configurationProfiles: ArtefactModule<IosFiles, ProfileRecord> = {
  artefact: ARTEFACT,
  read(source, emit) {
    const files = filesWhere(
      source,
      ({ domain, relativePath }) =>
        (domain === DOMAIN && /(?:^|\/)profile-[^/]*$/.test(relativePath)) ||
        ELSEWHERE.test(relativePath) ||
        IN_SYSDIAGNOSE.test(relativePath),
    );
    return readEach(ARTEFACT, files, `${DOMAIN}/profile-*`, async (file, path) => {
      const bytes = await bytesOf(source, file, MAX_BYTES);
      if (bytes === undefined) return undefined;
      const { profile, signed } = unwrap(bytes);
      const record = recordOf(path, profile, signed);
      emit.record(record);
      emitSightings(record, emit);
      const { installedAtMs: atMs } = record;
      if (atMs !== undefined) {
        const types = record.payloads?.map(({ type }) => type).join(', ') ?? 'encrypted payloads';
        const detail = `${record.name} ${record.identifier}: ${types}`;
        emit.event?.({ atMs, artefact: ARTEFACT, path, what: 'profile installed', detail });
      }
      return examined(ARTEFACT, path, 1);
    });
  },
};

/** A signed profile is CMS (RFC 5652) around the list; DER begins with a SEQUENCE, 0x30. */
function unwrap(bytes: Uint8Array): { profile: PlistDict; signed: boolean } {
  if (bytes[0] !== 0x30) return { profile: plistDictOf(bytes), signed: false };
  const content = signedContent(bytes);
  if (content === undefined) throw new FormatError('profile-empty', -1, 'signed profile holds no content');
  return { profile: plistDictOf(content), signed: true };
}

function recordOf(path: string, profile: PlistDict, signed: boolean): ProfileRecord {
  const { InstallDate: installed, PayloadContent: content, EncryptedPayloadContent: encrypted } = profile;
  const payloads = Array.isArray(content) ? content : isPlistDict(content) ? [content] : [];
  return {
    path,
    ...describe(profile),
    installedAtMs: installed instanceof Date ? installed.getTime() : undefined,
    signed,
    payloads:
      payloads.length === 0 && encrypted !== undefined
        ? undefined
        : payloads
            .slice(0, MAX_PAYLOADS)
            .filter(isPlistDict)
            .map((payload) => ({
              type: textOf(payload['PayloadType']),
              ...describe(payload),
              content: payload,
            })),
  };
}

function describe(payload: PlistDict): Pick<ProfilePayload, 'uuid' | 'identifier' | 'name' | 'organisation'> {
  return {
    uuid: textOf(payload['PayloadUUID']),
    identifier: textOf(payload['PayloadIdentifier']),
    name: textOf(payload['PayloadDisplayName']),
    organisation: textOf(payload['PayloadOrganization']),
  };
}

function textOf(value: PlistValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function emitSightings(record: ProfileRecord, emit: Emit<ProfileRecord>): void {
  const common = { artefact: ARTEFACT, path: record.path, atMs: record.installedAtMs } as const;
  if (record.uuid !== '')
    emit.sighting({ kind: 'profile', value: record.uuid, evidence: 'present', locator: 'profile', ...common });
  for (const [i, { uuid, type, content }] of (record.payloads ?? []).entries()) {
    const locator = `payload ${i + 1}, ${type}`.slice(0, 400);
    if (uuid !== '') emit.sighting({ kind: 'profile', value: uuid, evidence: 'present', locator, ...common });
    // Servers that the payload makes the phone talk to.
    stringsOf(content, (text) => {
      for (const value of linksIn(text))
        emit.sighting({ kind: 'url', value, evidence: 'connected', locator, ...common });
    });
    for (const value of hostsIn(content))
      emit.sighting({ kind: 'host', value, evidence: 'connected', locator, ...common });
  }
}

function hostsIn(content: PlistDict): string[] {
  const hosts = HOST_KEYS.map((key) => textOf(content[key]));
  for (const part of ['IPSec', 'IKEv2', 'VPN', 'PPP', 'DNSSettings']) {
    const inner = content[part];
    if (!isPlistDict(inner)) continue;
    hosts.push(...HOST_KEYS.map((key) => textOf(inner[key])));
    const addresses = inner['ServerAddresses'];
    if (Array.isArray(addresses)) hosts.push(...addresses.map(textOf));
  }
  return hosts.filter((host) => host !== '' && !host.includes('://'));
}
