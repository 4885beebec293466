import { type Static, Type } from 'typebox';

/** Where decrypted content is shown: a page on another host name, since cookies ignore ports. */
export const ViewerReply = Type.Object({ url: Type.String() });
export type ViewerReply = Static<typeof ViewerReply>;
