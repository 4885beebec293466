import type { FastifyInstance } from 'fastify';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** `/docs`: the API on one page, made from the same schemas that validate it; no script, readable by a screen reader. */
export function docsRoutes(app: FastifyInstance): void {
  app.get('/docs', { config: { roles: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    const document = app.swagger() as { paths?: Record<string, Record<string, Operation | undefined> | undefined> };
    const sections = Object.entries(document.paths ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, methods]) => METHODS.flatMap((method) => section(path, method, methods?.[method])));
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
      .send(page(sections));
  });
}

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: unknown;
}

function section(path: string, method: string, operation: Operation | undefined): string[] {
  if (operation === undefined) return [];
  const parameters = (operation.parameters ?? []).map(
    (p) => `<code>${escapeHtml(p.name)}</code> (${escapeHtml(p.in)}${p.required ? ', required' : ''})`,
  );
  const body =
    operation.requestBody === undefined
      ? ''
      : `<pre>${escapeHtml(JSON.stringify(operation.requestBody, null, 2))}</pre>`;
  return [
    `<section><h2><span>${method.toUpperCase()}</span> ${escapeHtml(path)}</h2>${operation.summary === undefined ? '' : `<p>${escapeHtml(operation.summary)}</p>`}${parameters.length === 0 ? '' : `<p>${parameters.join(', ')}</p>`}${body === '' ? '' : `<details><summary>Body</summary>${body}</details>`}</section>`,
  ];
}

function page(sections: readonly string[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pavise API</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:72ch;margin:2rem auto;padding:0 1rem}h2{font-size:1rem;font-family:ui-monospace,monospace;overflow-wrap:anywhere}h2 span{display:inline-block;min-width:4.5em;opacity:.7}section{border-top:1px solid #8884;padding:.25rem 0}pre{overflow:auto;font-size:13px}</style></head>
<body><main><h1>Pavise API</h1><p>Send <code>Authorization: Bearer pvt_…</code> or a session cookie. Errors are RFC 9457 <code>application/problem+json</code> with a stable <code>code</code>. The same as a file: <a href="/openapi.json">openapi.json</a>.</p>${sections.join('\n')}</main></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
