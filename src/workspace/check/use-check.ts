import { useCallback, useEffect, useRef, useState } from 'react';
import type { DroppedFolder } from './entries.ts';
import type { CheckResult, FromWorker, ToWorker, WorkerEvidence } from './messages.ts';
import { text } from './text.ts';
import workerUrl from './worker.ts?worker&url';

/** What to check: a file, a folder that was picked, or one that was dropped. */
export type Evidence = File | FileSystemDirectoryHandle | DroppedFolder;

export interface CheckSettings {
  readonly password: string;
  readonly level: 'quick' | 'thorough';
  readonly indicators: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly wantSightings: boolean;
}

export type CheckState =
  | { readonly kind: 'idle'; readonly problem?: string }
  | {
      readonly kind: 'running';
      readonly name: string;
      readonly text: string;
      readonly done: number;
      readonly total: number | undefined;
    }
  | { readonly kind: 'done'; readonly result: CheckResult };

/** Runs checks in a worker of their own, which ends with them: a cancelled check leaves nothing in memory. */
export function useCheck(): {
  readonly state: CheckState;
  begin(evidence: Evidence, settings: CheckSettings): void;
  cancel(): void;
  reset(problem?: string): void;
} {
  const [state, setState] = useState<CheckState>({ kind: 'idle' });
  const running = useRef<Worker | undefined>(undefined);
  const stop = useCallback(() => {
    running.current?.terminate();
    running.current = undefined;
  }, []);
  useEffect(() => stop, [stop]);
  const end = (next: CheckState): void => {
    stop();
    setState(next);
  };
  return {
    state,
    begin(evidence, settings) {
      stop();
      const worker = new Worker(workerUrl, { type: 'module', name: 'check' });
      running.current = worker;
      const dropped = 'open' in evidence ? evidence : undefined;
      setState({ kind: 'running', name: evidence.name, text: text.running, done: 0, total: undefined });
      worker.addEventListener('error', ({ message }) => end({ kind: 'idle', problem: text.failed(message) }));
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
        if (running.current !== worker) return;
        if (data.type === 'progress') {
          const { text: step, done, total } = data;
          setState({ kind: 'running', name: evidence.name, text: step, done, total });
        } else if (data.type === 'done') {
          end({ kind: 'done', result: data.result });
        } else if (data.type === 'unknown') end({ kind: 'idle', problem: text.unknown });
        else if (data.type === 'failed') end({ kind: 'idle', problem: text.failed(data.why) });
        else void answer(dropped, data).then((reply) => worker.postMessage(reply));
      });
      const message: ToWorker = { type: 'begin', evidence: forWorker(evidence), ...settings, nowMs: Date.now() };
      worker.postMessage(message);
    },
    cancel: () => end({ kind: 'idle', problem: text.cancelled }),
    reset: (problem) => end({ kind: 'idle', ...(problem === undefined ? {} : { problem }) }),
  };
}

function forWorker(evidence: Evidence): WorkerEvidence {
  if (evidence instanceof File) return { kind: 'file', file: evidence };
  if ('open' in evidence) return { kind: 'page', name: evidence.name };
  return { kind: 'handle', handle: evidence };
}

async function answer(
  folder: DroppedFolder | undefined,
  question: FromWorker & { type: 'open' | 'list' },
): Promise<ToWorker> {
  const { id } = question;
  try {
    if (question.type === 'list') {
      return { type: 'names', id, batch: (await folder?.list(question.pass)) ?? { names: [], tooDeep: [] } };
    }
    return { type: 'file', id, file: await folder?.open(question.path) };
  } catch (error) {
    return { type: 'file', id, file: undefined, why: error instanceof Error ? error.name : 'cannot be opened' };
  }
}
