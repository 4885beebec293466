import { signContent } from '../../formats/cms/node.ts';
import { writeXmlPlist } from '../../formats/plist/index.ts';
import type { Authority } from '../../formats/scep/node.ts';

/** Apple's push certificate will name the topic; it must begin so, and may never change for an enrolment. */
export const TOPIC = 'com.apple.mgmt.External.pavise';
/** The same for every phone and each renewal: a phone updates the profile that it has by these. */
const UUIDS = {
  profile: '6E0C9B7A-52D1-4C43-9D0E-0B1B6D2E7F01',
  identity: '6E0C9B7A-52D1-4C43-9D0E-0B1B6D2E7F02',
  management: '6E0C9B7A-52D1-4C43-9D0E-0B1B6D2E7F03',
} as const;
/** Everything: no right can be added later without a new enrolment (com.apple.mdm, AccessRights). */
const ALL_RIGHTS = 8191;

/**
 * Writes the enrolment profile: an identity by SCEP, then the MDM payload that uses it.
 *
 * Server addresses hold nothing of the enrolment, since Apple compares them whole at every update; the challenge alone does.
 */
export function enrolmentProfile(publicUrl: URL, challenge: string, organisation: string): Uint8Array<ArrayBuffer> {
  const common = { PayloadVersion: 1, PayloadOrganization: organisation };
  return writeXmlPlist({
    ...common,
    PayloadType: 'Configuration',
    PayloadIdentifier: 'org.pavise.enrolment',
    PayloadUUID: UUIDS.profile,
    PayloadDisplayName: `${organisation}: device management`,
    PayloadDescription: `Lets ${organisation} protect its work on this phone. What it can see is listed in the workspace.`,
    PayloadContent: [
      {
        ...common,
        PayloadType: 'com.apple.security.scep',
        PayloadIdentifier: 'org.pavise.enrolment.identity',
        PayloadUUID: UUIDS.identity,
        PayloadDisplayName: 'Identity of this phone',
        PayloadContent: {
          URL: new URL('/scep', publicUrl).href,
          Name: 'pavise',
          Subject: [[['CN', 'Pavise device']]],
          Challenge: challenge,
          Keysize: 2048,
          'Key Type': 'RSA',
          'Key Usage': 5,
          KeyIsExtractable: false,
          Retries: 3,
          RetryDelay: 10,
        },
      },
      {
        ...common,
        PayloadType: 'com.apple.mdm',
        PayloadIdentifier: 'org.pavise.enrolment.mdm',
        PayloadUUID: UUIDS.management,
        PayloadDisplayName: 'Device management',
        IdentityCertificateUUID: UUIDS.identity,
        Topic: TOPIC,
        ServerURL: new URL('/mdm/apple', publicUrl).href,
        SignMessage: true,
        AccessRights: ALL_RIGHTS,
        CheckOutWhenRemoved: true,
      },
    ],
  });
}

/** Signs a profile with the authority's key, content inside, as phones expect it. */
export function signProfile(profile: Uint8Array, authority: Authority, nowMs: number): Uint8Array<ArrayBuffer> {
  return signContent(profile, authority, { nowMs });
}
