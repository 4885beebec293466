import Type, { type Static } from 'typebox';

/** The parts of the Android Management API's resources that Pavise reads (discovery revision 20260310); all others are tolerated. */

const Text = Type.Optional(Type.String());
const Flag = Type.Optional(Type.Boolean());

const NonComplianceDetail = Type.Object({
  settingName: Text,
  nonComplianceReason: Text,
  specificNonComplianceReason: Text,
});

/** enterprises.devices */
export const AndroidDevice = Type.Object({
  name: Type.String({ pattern: '^enterprises/[^/]+/devices/[^/]+$' }),
  state: Text,
  managementMode: Text,
  ownership: Text,
  /** What we gave as additionalData of the enrolment token. */
  enrollmentTokenData: Text,
  policyName: Text,
  appliedPolicyName: Text,
  policyCompliant: Flag,
  nonComplianceDetails: Type.Optional(Type.Array(NonComplianceDetail)),
  lastStatusReportTime: Text,
  hardwareInfo: Type.Optional(Type.Object({ brand: Text, model: Text })),
  softwareInfo: Type.Optional(
    Type.Object({ androidVersion: Text, androidBuildNumber: Text, securityPatchLevel: Text }),
  ),
  deviceSettings: Type.Optional(Type.Object({ isDeviceSecure: Flag, isEncrypted: Flag, encryptionStatus: Text })),
  securityPosture: Type.Optional(
    Type.Object({
      devicePosture: Text,
      postureDetails: Type.Optional(Type.Array(Type.Object({ securityRisk: Text }))),
    }),
  ),
  applicationReports: Type.Optional(
    Type.Array(
      Type.Object({
        packageName: Type.String(),
        displayName: Text,
        versionName: Text,
        applicationSource: Text,
        state: Text,
      }),
    ),
  ),
});
export type AndroidDevice = Static<typeof AndroidDevice>;

export const DeviceList = Type.Object({
  devices: Type.Optional(Type.Array(Type.Unknown())),
  nextPageToken: Text,
});

/** enterprises.enrollmentTokens */
export const EnrolmentToken = Type.Object({
  value: Type.String(),
  qrCode: Type.String(),
  expirationTimestamp: Text,
});

/** enterprises.policies */
export const PolicyReply = Type.Object({ name: Type.String(), version: Text });

/** The long-running operation that a command becomes. */
export const Operation = Type.Object({ name: Type.String(), done: Flag });
