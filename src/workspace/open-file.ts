import { readAtOf } from '../base/index.ts';
import type { FileDetail, OpenedView, TokenReply } from '../files/api.ts';
import {
  createRewrapSession,
  dpopProof,
  openTdf,
  readContainer,
  signRewrapRequest,
  unwrapRewrapped,
} from '../formats/tdf/index.ts';
import { api, apiBytes, type DeviceKey } from '../ui/index.ts';
import { nameOfThisDevice } from './my-access.ts';
import { CannotShow, whyNotShown } from './showable.ts';

export interface OpenedFile {
  readonly view: OpenedView;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly deviceName: string;
}

/**
 * Opens a protected file in this browser: proof → token → signed rewrap → decryption. The file's key never becomes visible here.
 *
 * A file that this browser cannot show is not asked for, unless it may be saved: what nobody sees, nobody has opened.
 * @throws ApiError with the reasons when the decision refuses; CannotShow
 */
export async function openFile(fileId: string, deviceKey: DeviceKey): Promise<OpenedFile> {
  const { file } = await api<FileDetail>(`files/${fileId}`);
  const why = file.view === 'download' ? null : whyNotShown(file.mediaType, file.sizeBytes);
  if (why !== null) throw new CannotShow(why);
  const deviceName = await nameOfThisDevice();

  const tokenUrl = `${location.origin}/api/v1/files/token`;
  const proof = await dpopProof(deviceKey, { method: 'POST', url: tokenUrl, nowMs: Date.now(), random: crypto });
  const { accessToken } = await api<TokenReply>('files/token', { body: { proof } });

  const protectedBytes = await apiBytes(`files/${fileId}/content`);
  const container = await readContainer(readAtOf(protectedBytes), protectedBytes.length);
  const session = await createRewrapSession(crypto);
  const signedRequestToken = await signRewrapRequest(deviceKey, container, session, Date.now());

  const rewrapUrl = `${location.origin}/kas.AccessService/Rewrap`;
  const reply = await api<unknown>('/kas.AccessService/Rewrap', {
    body: { signedRequestToken },
    headers: {
      authorization: `DPoP ${accessToken}`,
      dpop: await dpopProof(deviceKey, {
        method: 'POST',
        url: rewrapUrl,
        accessToken,
        nowMs: Date.now(),
        random: crypto,
      }),
      'connect-protocol-version': '1',
    },
  });
  const keys = await unwrapRewrapped(container, session, reply);
  const reader = await openTdf(container, keys);
  const bytes = new Uint8Array(await reader.read(0, reader.sizeBytes));
  return { view: openedView(reply), mediaType: container.manifest.mimeType, bytes, deviceName };
}

/** Finds `metadata.pavise` of the first permitted result. */
function openedView(reply: unknown): OpenedView {
  const permitted = (reply as RewrapShape).responses
    ?.flatMap(({ results }) => results ?? [])
    .find(({ status }) => status === 'permit'); // every field optional
  const view = permitted?.metadata?.pavise;
  if (!view) throw new Error('Cannot show file: the server named no view');
  return view;
}

interface RewrapShape {
  readonly responses?: readonly {
    readonly results?: readonly { readonly status?: string; readonly metadata?: { readonly pavise?: OpenedView } }[];
  }[];
}
