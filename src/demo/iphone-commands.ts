import { isPlistDict, type PlistDict, type PlistValue, parsePlist } from '../formats/plist/index.ts';
import type { IphoneMake, IphoneNumbers } from './iphone-make.ts';

/** A configuration profile that the phone carries. */
export interface InstalledProfile {
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  /** The passcode rules in it, if any. */
  readonly minPasscodeLength: number | null;
  /** The types of its payloads; phones that were simulated by an older version do not know them. */
  readonly payloads?: string[];
}

/** What changes in a phone's life. */
export interface IphoneState {
  profiles: readonly InstalledProfile[];
  locked: boolean;
  erased: boolean;
}

/** The answer to a command: status and result keys, without the identity of the phone. */
export interface CommandAnswer {
  readonly Status: 'Acknowledged' | 'Error' | 'NotNow';
  readonly [key: string]: PlistValue | undefined;
}

export interface AnsweringPhone {
  readonly make: IphoneMake;
  readonly numbers: IphoneNumbers;
  readonly state: IphoneState;
}

// With a passcode set and the screen locked, iOS puts off what touches protected data.
const NOT_WHILE_LOCKED = new Set(['InstallProfile', 'RemoveProfile', 'InstalledApplicationList', 'CertificateList']);

/**
 * Carries out one MDM command as an iPhone would, changing `phone.state`.
 *
 * @param content takes the bytes of a profile out of its signature
 */
export function carryOut(
  phone: AnsweringPhone,
  command: PlistDict,
  content: (signed: Uint8Array) => Uint8Array,
): CommandAnswer {
  const kind = command['RequestType'];
  if (typeof kind !== 'string') return failed(12008, 'The request has no type');
  if (phone.state.locked && phone.make.passcodeLength > 0 && NOT_WHILE_LOCKED.has(kind)) return { Status: 'NotNow' };
  switch (kind) {
    case 'DeviceInformation':
      return { Status: 'Acknowledged', QueryResponses: deviceInformation(phone, command['Queries']) };
    case 'SecurityInfo':
      return { Status: 'Acknowledged', SecurityInfo: securityInfo(phone) };
    case 'InstalledApplicationList':
      // The organisation manages no app of these phones: they came from the store, by their owners' hands.
      return {
        Status: 'Acknowledged',
        InstalledApplicationList: command['ManagedAppsOnly'] === true ? [] : applications(phone),
      };
    case 'ProfileList':
      return { Status: 'Acknowledged', ProfileList: phone.state.profiles.map(listedProfile) };
    case 'InstallProfile':
      return installProfile(phone, command['Payload'], content);
    case 'RemoveProfile':
      phone.state.profiles = phone.state.profiles.filter((profile) => profile.identifier !== command['Identifier']);
      return { Status: 'Acknowledged' };
    case 'DeviceLock':
      phone.state.locked = true;
      return { Status: 'Acknowledged', MessageResult: 'Success' };
    case 'EraseDevice':
      phone.state.erased = true;
      return { Status: 'Acknowledged' };
    default:
      return failed(12021, `The request "${kind}" is not supported`);
  }
}

function failed(code: number, description: string): CommandAnswer {
  const entry = {
    ErrorCode: code,
    ErrorDomain: 'MCMDMErrorDomain',
    LocalizedDescription: description,
    USEnglishDescription: description,
  };
  return { Status: 'Error', ErrorChain: [entry] };
}

/** Answers the queries that were asked, leaving out what an iPhone does not know. */
function deviceInformation({ make, numbers }: AnsweringPhone, queries: PlistValue | undefined): PlistDict {
  const known: PlistDict = {
    UDID: numbers.udid,
    DeviceName: make.name,
    OSVersion: make.osVersion,
    BuildVersion: make.buildVersion,
    ModelName: make.modelName,
    Model: make.model,
    ProductName: make.productName,
    SerialNumber: numbers.serialNumber,
    IMEI: numbers.imei,
    DeviceCapacity: numbers.capacityGigabytes,
    AvailableDeviceCapacity: Math.round(numbers.capacityGigabytes * 0.41),
    BatteryLevel: numbers.batteryLevel,
    WiFiMAC: numbers.wifiMac,
    IsSupervised: make.supervised,
    IsDeviceLocatorServiceEnabled: true,
    IsActivationLockEnabled: true,
    IsCloudBackupEnabled: false,
    CellularTechnology: 3,
    AppAnalyticsEnabled: false,
    DiagnosticSubmissionEnabled: false,
    IsRoaming: false,
    IsMultiUser: false,
  };
  if (!Array.isArray(queries)) return known;
  const asked = queries.filter((query): query is string => typeof query === 'string' && Object.hasOwn(known, query));
  return Object.fromEntries(asked.map((query) => [query, known[query]]));
}

function securityInfo({ make, state }: AnsweringPhone): PlistDict {
  const demanded = Math.max(0, ...state.profiles.map((profile) => profile.minPasscodeLength ?? 0));
  const present = make.passcodeLength > 0;
  return {
    HardwareEncryptionCaps: 3, // block-level and file-level
    PasscodePresent: present,
    PasscodeCompliant: make.passcodeLength >= demanded,
    PasscodeCompliantWithProfiles: make.passcodeLength >= demanded,
    PasscodeLockGracePeriodEnforced: 0,
    AutoLockTime: 120,
    ManagementStatus: { EnrolledViaDEP: make.supervised, UserApprovedEnrollment: true, IsUserEnrollment: false },
  };
}

function applications({ numbers }: AnsweringPhone): PlistValue {
  return numbers.apps.map((app) => ({
    Identifier: app.identifier,
    Name: app.name,
    ShortVersion: app.shortVersion,
    Version: app.shortVersion,
    BundleSize: app.sizeBytes,
    DynamicSize: Math.round(app.sizeBytes / 3),
    IsValidated: true,
    AppStoreVendable: true,
    Installing: false,
  }));
}

function listedProfile(profile: InstalledProfile): PlistDict {
  return {
    PayloadIdentifier: profile.identifier,
    PayloadUUID: profile.uuid,
    PayloadDisplayName: profile.displayName,
    PayloadVersion: 1,
    IsManaged: true,
    IsEncrypted: false,
    PayloadContent: profile.payloads?.map((type) => ({
      PayloadType: type,
      PayloadVersion: 1,
      PayloadIdentifier: `${profile.identifier}.${type}`,
    })),
  };
}

function installProfile(
  phone: AnsweringPhone,
  payload: PlistValue | undefined,
  content: (signed: Uint8Array) => Uint8Array,
): CommandAnswer {
  const profile = payload instanceof Uint8Array ? readProfile(payload, content) : undefined;
  if (profile === undefined) return failed(1000, 'The profile is damaged');
  const others = phone.state.profiles.filter((installed) => installed.identifier !== profile.identifier);
  phone.state.profiles = [...others, profile];
  return { Status: 'Acknowledged' };
}

function readProfile(bytes: Uint8Array, content: (signed: Uint8Array) => Uint8Array): InstalledProfile | undefined {
  const profile = parsePlist(bytes[0] === 0x30 ? content(bytes) : bytes); // 0x30: DER, so a signed profile
  if (!isPlistDict(profile)) return undefined;
  const {
    PayloadIdentifier: identifier,
    PayloadUUID: uuid,
    PayloadDisplayName: displayName,
    PayloadContent: payloads,
  } = profile;
  if (typeof identifier !== 'string' || typeof uuid !== 'string') return undefined;
  const contents = (Array.isArray(payloads) ? payloads : []).filter((payload) => isPlistDict(payload));
  const passcode = contents.find((payload) => payload['PayloadType'] === 'com.apple.mobiledevice.passwordpolicy');
  const length = passcode?.['minLength'];
  return {
    identifier,
    uuid,
    displayName: typeof displayName === 'string' ? displayName : identifier,
    // forcePIN without a length still demands the four digits that iOS has as its least.
    minPasscodeLength: passcode === undefined ? null : typeof length === 'number' ? length : 4,
    payloads: contents.map((payload) => payload['PayloadType']).filter((type) => typeof type === 'string'),
  };
}
