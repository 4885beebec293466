import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * The page that a phone in use opens with its token, in the place of Google's: a button enrols a practice phone.
 *
 * @param enrol throws when the token is unknown, used or expired
 */
export function answerEnrolPage(
  request: IncomingMessage,
  reply: ServerResponse,
  token: string,
  enrol: (token: string) => void,
): void {
  let said =
    '<p>This stands for the page of Google on a phone.</p><form method="post"><button>Enrol a practice phone</button></form>';
  let status = 200;
  if (request.method === 'POST') {
    try {
      enrol(token);
      said = '<p role="status">A practice phone is enrolled. Close this page.</p>';
    } catch {
      said = '<p role="alert">Ask for a new code: this one is unknown, used or expired.</p>';
      status = 400;
    }
  }
  reply
    .writeHead(status, {
      'content-type': 'text/html; charset=UTF-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    })
    .end(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Practice phone</title><main><h1>Practice phone</h1>${said}</main></html>`,
    );
}
