import type { CheckReport } from '../detection/api.ts';
import { CheckError } from './check-error.ts';
import type { Upload } from './check-options.ts';
import type { CommandIo } from './command.ts';

const REPORT_TIMEOUT_MS = 30_000;
/** Up to 8 MB, of which the server keeps half a million rows before it answers. */
const SIGHTINGS_TIMEOUT_MS = 300_000;

/** Asks whether the server answers, knows the token and the device: before a check that takes minutes. Throws CheckError `check-send`. */
export async function requireServer(upload: Upload): Promise<void> {
  const what = { name: 'report', path: 'checks', method: 'GET', timeoutMs: REPORT_TIMEOUT_MS };
  await send(upload, what, undefined, undefined);
}

/** Sends a report to the server of an enrolled device; returns the id it got there; throws CheckError `check-send`. */
export async function sendReport(upload: Upload, report: CheckReport, io: CommandIo): Promise<string> {
  const path = upload.force ? 'checks?force=true' : 'checks';
  const what = { name: 'report', path, method: 'POST', timeoutMs: REPORT_TIMEOUT_MS };
  const reply = await send(upload, what, JSON.stringify(report), 'application/json');
  const checkId = typeof reply === 'object' && reply !== null && 'id' in reply ? reply.id : undefined;
  if (typeof checkId !== 'string')
    throw new CheckError('check-send', 502, `Cannot send report: ${new URL(upload.server).origin} is no Pavise server`);
  io.err(`Report sent to ${new URL(upload.server).origin}\n`);
  if (typeof reply === 'object' && reply !== null && 'leftOut' in reply && Number(reply.leftOut) > 0)
    io.err(`Of a member's report the worst is kept: ${Number(reply.leftOut)} lesser findings were left out\n`);
  return checkId;
}

/** Sends the index of sightings, hashes alone, with which the server compares later indicators; it belongs to a report that was sent. Throws CheckError `check-send`. */
export async function sendSightings(
  upload: Upload,
  checkId: string,
  bytes: Uint8Array<ArrayBuffer>,
  io: CommandIo,
): Promise<void> {
  const path = `sightings?check=${encodeURIComponent(checkId)}`;
  const what = { name: 'sightings', path, method: 'PUT', timeoutMs: SIGHTINGS_TIMEOUT_MS };
  await send(upload, what, bytes, 'application/octet-stream');
  io.err(`Hashes of what stood on the phone sent to ${new URL(upload.server).origin}: ${bytes.length} bytes\n`);
}

interface Sent {
  readonly name: string;
  readonly path: string;
  readonly method: string;
  readonly timeoutMs: number;
}

async function send(
  { server, token, device }: Upload,
  { name, path, method, timeoutMs }: Sent,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  type: string | undefined,
): Promise<unknown> {
  const url = new URL(`/api/v1/devices/${encodeURIComponent(device)}/${path}`, server);
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { ...(type === undefined ? {} : { 'content-type': type }), authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new CheckError('check-send', 502, `Cannot send ${name}: no answer from ${url.origin}`);
  }
  if (response.status === 401) {
    throw new CheckError(
      'check-send',
      401,
      'Give another API token: the server does not know this one, or it has ended',
    );
  }
  if (!response.ok) {
    const detail = problemText(await response.text());
    throw new CheckError(
      'check-send',
      response.status,
      `Cannot send ${name}: ${url.origin} answered ${response.status}${detail}`,
    );
  }
  return await response.json().catch(() => undefined); // what is no JSON is no reply of ours; the caller looks
}

/** The sentence of a problem+json (RFC 9457), where there is one; what it says of the API is said of the command. */
function problemText(body: string): string {
  try {
    const problem: unknown = JSON.parse(body);
    const detail = typeof problem === 'object' && problem !== null && 'detail' in problem ? problem.detail : undefined;
    return typeof detail === 'string' ? `: ${detail.slice(0, 500).replace('?force=true', '--force')}` : '';
  } catch {
    return '';
  }
}
