import type { FileItem, PublicKeyReply } from '../files/api.ts';
import { encodePolicy, protectStream, type ViewGrade } from '../formats/tdf/index.ts';
import { api } from '../ui/index.ts';

interface Protection {
  readonly owner: string;
  readonly recipients: readonly string[];
  readonly view: ViewGrade;
  readonly notAfterMs: number | undefined;
}

/** Encrypts a file in this browser and sends only the protected form. */
export async function protectAndSend(
  file: File,
  { owner, recipients, view, notAfterMs }: Protection,
  onProgress: (fraction: number) => void,
): Promise<FileItem> {
  const { publicKey, kid } = await api<PublicKeyReply>('/kas.AccessService/PublicKey', {
    body: { algorithm: 'ec:secp256r1' },
  });
  const policy = encodePolicy({
    uuid: crypto.randomUUID(),
    attributes: [],
    dissem: [owner, ...recipients],
    owner,
    view,
    watermark: true,
    ...(notAfterMs === undefined ? {} : { notAfterMs }),
  });
  const readAt = async (offset: number, length: number): Promise<Uint8Array> =>
    new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
  const parts: Blob[] = [];
  let done = 0;
  const options = {
    policy,
    mimeType: file.type || 'application/octet-stream',
    kasKeys: [{ url: `${location.origin}/kas`, kid, publicKeyPem: publicKey }],
    random: crypto,
  };
  for await (const part of protectStream(readAt, file.size, options)) {
    // A blob may live on disk: a large file never has to fit into memory.
    parts.push(new Blob([part]));
    done += part.length;
    onProgress(Math.min(1, done / Math.max(1, file.size)));
  }
  return api<FileItem>(`files?title=${encodeURIComponent(file.name.slice(0, 200))}`, { body: new Blob(parts) });
}
