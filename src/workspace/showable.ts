import { text } from './text.ts';

/** More than this is too much for the memory of a phone's browser. */
const MAX_SHOWN_BYTES = 64 * 1024 * 1024;

/** A file that the viewer cannot show, said before its key is asked for: nobody has opened it then, and the audit log has nothing to say. */
export class CannotShow extends Error {
  override readonly name = 'CannotShow';
}

/** Why the viewer cannot show a file of this type and size, or null when it can. */
export function whyNotShown(mediaType: string, sizeBytes: number): string | null {
  const known =
    mediaType === 'application/pdf' ||
    mediaType === 'application/json' ||
    /^(image\/(png|jpeg|gif|webp|avif)$|text\/)/.test(mediaType);
  if (!known) return text.viewer.unsupported;
  return sizeBytes > MAX_SHOWN_BYTES ? text.viewer.tooBig : null;
}
