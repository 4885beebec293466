/// <reference lib="webworker" />
import { sha256 } from '@noble/hashes/sha2.js';
import { FormatError, toHex, utf8Bytes } from '../../base/index.ts';
import { examine, makeSightingIndex, reportOf } from '../../detection/index.ts';
import { compileIndicators } from '../../detection/indicators/index.ts';
import { reportHtml } from '../../detection/report/index.ts';
import type { EvidenceTree } from '../../evidence/index.ts';
import { portableBackupCrypto } from '../../formats/keybag/portable.ts';
import { parseStixBundle } from '../../formats/stix/index.ts';
import type { FromWorker, NameBatch, ToWorker, WorkerEvidence } from './messages.ts';
import { fileTree, handleTree, pageTree } from './trees.ts';

declare const self: DedicatedWorkerGlobalScope;

const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
let asked = 0;

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'begin') {
    begin(data).catch((error: unknown) =>
      tell({ type: 'failed', why: error instanceof Error ? error.message : String(error) }),
    );
    return;
  }
  const question = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.type === 'names') question?.resolve(data.batch as never);
  else if (data.why !== undefined) question?.reject(new FormatError('evidence-open', -1, data.why));
  else question?.resolve(data.file as never);
});

async function begin(asked: ToWorker & { type: 'begin' }): Promise<void> {
  const { evidence, password, indicators, level, nowMs } = asked;
  const sightings = asked.wantSightings ? makeSightingIndex((text) => sha256(utf8Bytes(text))) : undefined;
  const feeds = indicators.map(({ name, bytes }) => ({ source: name, bundle: parseStixBundle(bytes) }));
  const index = compileIndicators(feeds, { nowMs });
  const examination = await examine([treeOf(evidence)], index, {
    nowMs,
    level,
    passwords: password === '' ? [] : [utf8Bytes(password)],
    crypto: portableBackupCrypto,
    makeDigest,
    ...(sightings === undefined ? {} : { sighting: sightings.add }),
    progress: (text, done, total) => tell({ type: 'progress', text, done, total }),
  });
  if ('unknown' in examination) {
    tell({ type: 'unknown' });
    return;
  }
  const run = { cpuMs: 0, maxRssBytes: 0, tool: { name: 'pavise', version: __PAVISE_VERSION__ } };
  const report = reportOf(examination, index, run, (text) => toHex(sha256(utf8Bytes(text))));
  const sets = feeds.map(({ source }) => source);
  const page = { madeAtMs: nowMs, indicatorCount: index.count, indicatorSets: sets, toolVersion: __PAVISE_VERSION__ };
  const html = reportHtml(report, page);
  const result = { report, html, indicatorCount: index.count, sightings: sightings?.encode() };
  tell({ type: 'done', result });
}

function makeDigest(): { update(bytes: Uint8Array): void; hex(): string } {
  const sum = sha256.create();
  return { update: (bytes) => sum.update(bytes), hex: () => toHex(sum.digest()) };
}

function treeOf(evidence: WorkerEvidence): EvidenceTree {
  if (evidence.kind === 'file') return fileTree(evidence.file);
  if (evidence.kind === 'handle') return handleTree(evidence.handle);
  return pageTree(evidence.name, {
    open: (path) => ask<File | undefined>((id) => ({ type: 'open', id, path })),
    list: (pass) => ask<NameBatch>((id) => ({ type: 'list', id, pass })),
  });
}

function ask<T>(question: (id: number) => FromWorker): Promise<T> {
  const id = ++asked;
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    tell(question(id));
  });
}

function tell(message: FromWorker): void {
  self.postMessage(message);
}
