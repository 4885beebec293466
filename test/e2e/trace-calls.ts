import { AsyncLocalStorage } from 'node:async_hooks';
import { relative } from 'node:path';
import type { Plugin } from 'vite';

/** One flow of calls: a request, a job, a command; each call as `devices/apple/check-in.ts checkIn`. */
export type Flow = string[];

declare global {
  var paviseTrace: ((call: string) => void) | undefined;
}

/** Lets each named function below `src` say that it is called, where somebody listens; only what a test imports itself is changed. */
export function traceCalls(root: string): Plugin {
  return {
    name: 'trace-calls',
    enforce: 'post',
    transform(code, id) {
      const file = relative(`${root}/src`, id.split('?')[0] ?? '');
      if (file.startsWith('..') || !/\.tsx?$/.test(file) || /\.test\.ts$|testing\.ts$/.test(file)) return undefined;
      const marks: { at: number; name: string }[] = [];
      for (const statement of this.parse(code).body) {
        const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
        if (declared?.type === 'FunctionDeclaration' && declared.id && declared.body)
          marks.push({ at: declared.body.start + 1, name: declared.id.name });
      }
      let marked = code;
      for (const { at, name } of marks.reverse())
        marked = `${marked.slice(0, at)} globalThis.paviseTrace?.(${JSON.stringify(`${file} ${name}`)});${marked.slice(at)}`;
      return { code: marked, map: null };
    },
  };
}

/** Writes down every call from now on, flow by flow; `stop` gives what was written. */
export function listen(): { stop(): readonly Flow[] } {
  const flows: Flow[] = [];
  const current = new AsyncLocalStorage<Flow>();
  globalThis.paviseTrace = (call) => {
    let flow = current.getStore();
    if (flow === undefined) {
      flow = [];
      flows.push(flow);
      current.enterWith(flow);
    }
    flow.push(call);
  };
  return {
    stop() {
      globalThis.paviseTrace = undefined;
      return flows;
    },
  };
}
