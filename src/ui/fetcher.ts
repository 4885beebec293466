/** What the server says when it refuses: RFC 9457 problem+json. */
interface Problem {
  readonly title?: string;
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly [extra: string]: unknown;
}

/** A refusal or a failed request; `message` is a sentence that may be shown as it is. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;

  constructor(status: number, problem: Problem, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.problem = problem;
  }
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON, unless it is a Blob, which is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Sent even when the page goes away meanwhile. */
  readonly keepalive?: boolean;
}

/**
 * Calls the server and gives back the parsed reply.
 *
 * The caller names the reply's type from the room's `api.ts`; the server has checked its own reply against that schema.
 * @throws ApiError for every refusal, with status 0 when the server cannot be reached
 */
export async function api<T>(path: string, call: Call = {}): Promise<T> {
  const response = await request(path, call);
  const text = await response.text();
  // Routes without a reply declare no schema and their callers use none; all others are checked by the server against theirs.
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Calls the server for bytes. */
export async function apiBytes(path: string, call: Call = {}): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await request(path, call)).arrayBuffer());
}

/** After so long without a touch or a key, what a page asks counts as asked by itself: it keeps no session alive. */
const UNATTENDED_MS = 60_000;
let lastTouchedMs = Date.now();
for (const event of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'])
  globalThis.addEventListener?.(event, () => void (lastTouchedMs = Date.now()), { passive: true, capture: true });

/** Asks the person to confirm with her passkey; false when she did not. */
type AskToConfirm = () => Promise<boolean>;
let askToConfirm: AskToConfirm | undefined;

/** Says who asks where the server wants a recent use of the passkey; the function that comes back takes it away again. */
export function answerNotFresh(ask: AskToConfirm): () => void {
  askToConfirm = ask;
  return () => {
    askToConfirm = undefined;
  };
}

async function request(path: string, call: Call): Promise<Response> {
  try {
    return await send(path, call);
  } catch (error) {
    const asks = error instanceof ApiError && error.code === 'passkey-not-fresh';
    if (!asks || askToConfirm === undefined || !(await askToConfirm())) throw error;
    return await send(path, call);
  }
}

async function send(path: string, { method, body, headers, signal, keepalive }: Call): Promise<Response> {
  const isBlob = body instanceof Blob;
  const init: RequestInit = {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(Date.now() - lastTouchedMs > UNATTENDED_MS ? { 'x-pavise-unattended': '1' } : {}),
      ...(body === undefined ? {} : { 'content-type': isBlob ? 'application/octet-stream' : 'application/json' }),
      ...headers,
    },
  };
  if (body !== undefined) init.body = isBlob ? body : JSON.stringify(body);
  if (signal) init.signal = signal;
  if (keepalive) init.keepalive = true;
  let response: Response;
  try {
    response = await fetch(path.startsWith('/') ? path : `/api/v1/${path}`, init);
  } catch {
    throw new ApiError(0, { code: 'offline' }, 'The server cannot be reached. Check the connection and try again.');
  }
  if (response.ok) return response;
  const problem = await readProblem(response);
  throw new ApiError(
    response.status,
    problem,
    problem.detail ?? problem.title ?? `The server answered ${response.status}`,
  );
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    const value: unknown = await response.json();
    return typeof value === 'object' && value !== null ? (value as Problem) : {}; // checked to be an object; every field is optional
  } catch {
    return {}; // a proxy may answer in HTML: the status alone is all there is
  }
}

/** The sentence to show for whatever was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Error && error.name === 'NotAllowedError')
    return 'The passkey was not used: try again when you are ready';
  if (error instanceof Error && error.name === 'InvalidStateError')
    return 'This device already has a passkey for this account';
  return error instanceof Error ? error.message : 'Something went wrong. Try again.';
}
