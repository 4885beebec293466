import { type ArtefactModule, identityOf, type PhoneIdentity } from '../evidence.ts';
import { PROPERTIES } from './dumpstate.ts';
import { type AndroidFiles, filesAt, joinRows, readFiles, readSections } from './files.ts';
import { linesOf } from './lines.ts';

export interface PropertyRecord {
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/** "[name]: [value]"; a value of several lines keeps its first. */
const PROPERTY = /^\[([^\]]{1,256})\]: \[(.*?)\]?$/;

/** System properties: `getprop.txt` of AndroidQF, or "------ SYSTEM PROPERTIES" of a bug report. */
export const getprop: ArtefactModule<AndroidFiles, PropertyRecord> = {
  artefact: 'getprop',
  async read(source, emit) {
    const read = (lines: Iterable<string>, path: string): number => {
      let records = 0;
      for (const { name, value } of propertiesIn(lines)) {
        records++;
        emit.record({ path, name, value });
        emit.sighting({
          kind: 'property',
          value: name,
          evidence: 'present',
          artefact: 'getprop',
          path,
          locator: `[${name}]`,
          atMs: undefined,
        });
      }
      return records;
    };
    const files = filesAt(source, 'getprop.txt');
    const rows = await readFiles('getprop', files, 'getprop.txt', (open, path) => read(linesOf(open), path));
    const sections = await readSections(source, 'getprop', PROPERTIES, read);
    return joinRows(rows, sections);
  },
};

/** The properties in lines of `getprop`. */
export function* propertiesIn(lines: Iterable<string>): Generator<{ name: string; value: string }> {
  for (const line of lines) {
    const match = PROPERTY.exec(line);
    if (match !== null) yield { name: match[1] ?? '', value: match[2] ?? '' };
  }
}

/** What the properties say of the phone, and its time zone. */
export function deviceOf(properties: ReadonlyMap<string, string>): { device: PhoneIdentity; zone: string | undefined } {
  const of = (name: string): string => properties.get(name) ?? '';
  const device = identityOf({
    productType: of('ro.product.model'),
    osVersion: of('ro.build.version.release'),
    buildVersion: of('ro.build.display.id') || of('ro.build.id'),
    udid: of('ro.serialno'),
  });
  return { device, zone: of('persist.sys.timezone') || undefined };
}
