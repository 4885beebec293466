import type { CheckReport } from '../threats/api.ts';
import { CheckError } from './check-error.ts';
import type { Upload } from './check-options.ts';
import type { CommandIo } from './command.ts';

const REPORT_TIMEOUT_MS = 30_000;
/** Up to 8 MB, of which the server keeps half a million rows before it answers. */
const SIGHTINGS_TIMEOUT_MS = 300_000;

/** Sends a report to the server of an enrolled device; throws CheckError `check-send`. */
export async function sendReport(upload: Upload, report: CheckReport, io: CommandIo): Promise<void> {
  const what = { name: 'report', path: 'checks', method: 'POST', timeoutMs: REPORT_TIMEOUT_MS };
  await send(upload, what, JSON.stringify(report), 'application/json');
  io.err(`Report sent to ${new URL(upload.server).origin}\n`);
}

/** Sends the index of sightings, hashes alone, with which the server compares later indicators; throws CheckError `check-send`. */
export async function sendSightings(upload: Upload, bytes: Uint8Array<ArrayBuffer>, io: CommandIo): Promise<void> {
  const what = { name: 'sightings', path: 'sightings', method: 'PUT', timeoutMs: SIGHTINGS_TIMEOUT_MS };
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
  body: string | Uint8Array<ArrayBuffer>,
  type: string,
): Promise<void> {
  if (!/^[0-9a-f-]{36}$/i.test(device)) {
    throw new CheckError('check-send', 400, `Give the id of the device as its page shows it: "${device}" is no id`);
  }
  const url = new URL(`/api/v1/devices/${encodeURIComponent(device)}/${path}`, server);
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { 'content-type': type, authorization: `Bearer ${token}` },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new CheckError('check-send', 502, `Cannot send ${name}: no answer from ${url.origin}`);
  }
  if (!response.ok) {
    const detail = problemText(await response.text());
    throw new CheckError(
      'check-send',
      response.status,
      `Cannot send ${name}: ${url.origin} answered ${response.status}${detail}`,
    );
  }
}

/** The sentence of a problem+json (RFC 9457), where there is one. */
function problemText(body: string): string {
  try {
    const problem: unknown = JSON.parse(body);
    const detail = typeof problem === 'object' && problem !== null && 'detail' in problem ? problem.detail : undefined;
    return typeof detail === 'string' ? `: ${detail.slice(0, 500)}` : '';
  } catch {
    return '';
  }
}
