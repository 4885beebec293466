import Type, { type Static } from 'typebox';

/** Wire schemas of Android enrolment. Browser-safe. */

export const AndroidEnrolmentBody = Type.Object(
  {
    personId: Type.String({ pattern: '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' }),
    ownership: Type.Union([Type.Literal('personal'), Type.Literal('organisation')]),
    name: Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' }),
  },
  { additionalProperties: false },
);
/** `qrCode` is the text of the QR code, `token` the same for typing; both serve once, within an hour. */
export const AndroidEnrolmentReply = Type.Object({
  deviceId: Type.String(),
  token: Type.String(),
  qrCode: Type.String(),
  expiresAtMs: Type.Integer(),
});
export type AndroidEnrolmentReply = Static<typeof AndroidEnrolmentReply>;
