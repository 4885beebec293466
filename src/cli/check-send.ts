import type { CheckReport } from '../threats/api.ts';
import { CheckError } from './check-error.ts';
import type { Upload } from './check-options.ts';
import type { CommandIo } from './command.ts';

const TIMEOUT_MS = 30_000;

/** Sends a report to the server of an enrolled device; throws CheckError `check-send`. */
export async function sendReport({ server, token, device }: Upload, report: CheckReport, io: CommandIo): Promise<void> {
  if (!/^[0-9a-f-]{36}$/i.test(device)) {
    throw new CheckError('check-send', 400, `Give the id of the device as its page shows it: "${device}" is no id`);
  }
  const url = new URL(`/api/v1/devices/${encodeURIComponent(device)}/checks`, server);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new CheckError('check-send', 502, `Cannot send report: no answer from ${url.origin}`);
  }
  if (!response.ok) {
    const detail = problemText(await response.text());
    throw new CheckError(
      'check-send',
      response.status,
      `Cannot send report: ${url.origin} answered ${response.status}${detail}`,
    );
  }
  io.err(`Report sent to ${url.origin}\n`);
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
