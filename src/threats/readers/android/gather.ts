import { type Artefact, type EvidenceTree, type OpenFile, type PhoneIdentity, unreadable } from '../evidence.ts';
import { reasonOf } from '../failure.ts';
import { deviceClock } from './clock.ts';
import { findSections, PROPERTIES } from './dumpstate.ts';
import { type AndroidFile, type AndroidFiles, type DumpFile, nameOf } from './files.ts';
import { deviceOf, propertiesIn } from './getprop.ts';
import { linesOf } from './lines.ts';
import { looseSections } from './loose.ts';

export interface GatheredFiles extends AndroidFiles {
  readonly device: PhoneIdentity;
  /** What could not be looked into. */
  readonly failures: readonly Artefact[];
}

/** A collection has some ten thousand files. */
const MAX_FILES = 500_000;
/** Properties of a phone: about a thousand. */
const MAX_PROPERTIES = 20_000;
/** dumpstate-2022-….txt, bugreport-….txt, older Samsung dumpState_….log, dumpsys.txt of AndroidQF. */
const DUMP_NAME = /^(?:dumpstate|bugreport|dumpsys)[^/]*\.(?:txt|log)$/i;

/** Tells by its name whether a file may hold sections of dumpsys. */
export function isDumpName(name: string): boolean {
  return DUMP_NAME.test(name);
}

/**
 * Looks through the files of Android evidence: finds dumps with their sections, the properties of the phone, and from these its time zone.
 *
 * @param mayBeDump tells by base name which files to look for sections in
 */
export async function gatherAndroid(tree: EvidenceTree, mayBeDump = isDumpName): Promise<GatheredFiles> {
  const { files, failures } = await listFiles(tree);
  const dumps: DumpFile[] = [];
  const properties = new Map<string, string>();
  for (const file of files) {
    const name = nameOf(file.path);
    const isList = name === 'getprop.txt';
    if (!isList && !mayBeDump(name)) continue;
    try {
      const open = await file.open();
      if (open === undefined) continue;
      try {
        if (isList) takeProperties(properties, open, 0, open.sizeBytes);
        else takeDump(dumps, properties, file, open);
      } finally {
        open.close();
      }
    } catch (error) {
      failures.push(unreadable('files', file.path, 0, reasonOf(error)));
    }
  }
  const { device, zone } = deviceOf(properties);
  return { files, dumps, clock: deviceClock(zone), device, failures };
}

async function listFiles(tree: EvidenceTree): Promise<{ files: AndroidFile[]; failures: Artefact[] }> {
  const files: AndroidFile[] = [];
  for await (const { path, modifiedAtMs } of tree.files()) {
    if (files.length >= MAX_FILES) {
      return { files, failures: [unreadable('files', tree.name, 0, `has more than ${MAX_FILES} files`)] };
    }
    files.push({ path, modifiedAtMs, open: () => tree.open(path) });
  }
  return { files, failures: [] };
}

function takeDump(dumps: DumpFile[], properties: Map<string, string>, file: AndroidFile, open: OpenFile): void {
  const found = findSections(open);
  const sections = found.length > 0 ? found : looseSections(open);
  if (sections.length > 0) dumps.push({ file, sections });
  for (const { service, from, to } of sections) if (service === PROPERTIES) takeProperties(properties, open, from, to);
}

function takeProperties(properties: Map<string, string>, open: OpenFile, from: number, to: number): void {
  for (const { name, value } of propertiesIn(linesOf(open, from, to))) {
    if (properties.size < MAX_PROPERTIES && !properties.has(name)) properties.set(name, value);
  }
}
