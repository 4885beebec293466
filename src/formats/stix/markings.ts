import { isObject, type JsonObject, text } from './json.ts';

/** The marking definitions that every STIX producer shares (STIX 2.1, section 7.2.1.4; TLP 2.0 extension of the common object repository). */
const TLP_IDS: ReadonlyMap<string, string> = new Map([
  ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'clear'],
  ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'green'],
  ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', 'amber'],
  ['marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', 'red'],
  ['marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487', 'clear'],
  ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb', 'green'],
  ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421', 'amber'],
  ['marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', 'amber+strict'],
  ['marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1', 'red'],
]);
/** Strictest last: of several markings the strictest holds. */
const TLP_ORDER = ['clear', 'green', 'amber', 'amber+strict', 'red'];
const MAX_STATEMENT_CHARS = 300;
const MAX_MARKINGS = 20;

interface Markings {
  readonly tlp?: string;
  readonly licence?: string;
}

/** Gives the traffic light and the statement of each object; an object with no marking has neither. */
export function readMarkings(objects: readonly JsonObject[]): (object: JsonObject) => Markings {
  const tlps = new Map(TLP_IDS);
  const statements = new Map<string, string>();
  for (const object of objects) {
    if (object.type !== 'marking-definition') continue;
    const id = text(object.id);
    const tlp = tlpOf(object);
    if (tlp !== undefined) tlps.set(id, tlp);
    const statement = isObject(object.definition) ? text(object.definition.statement) : '';
    if (statement !== '') statements.set(id, statement.slice(0, MAX_STATEMENT_CHARS));
  }
  return ({ object_marking_refs: refs }) => {
    if (!Array.isArray(refs)) return {};
    let rank = -1;
    let licence: string | undefined;
    for (const ref of refs.slice(0, MAX_MARKINGS)) {
      rank = Math.max(rank, TLP_ORDER.indexOf(tlps.get(text(ref)) ?? ''));
      licence ??= statements.get(text(ref));
    }
    const tlp = TLP_ORDER[rank];
    return { ...(tlp === undefined ? {} : { tlp }), ...(licence === undefined ? {} : { licence }) };
  };
}

function tlpOf(object: JsonObject): string | undefined {
  const named = isObject(object.definition) ? text(object.definition.tlp) : '';
  const extended = isObject(object.extensions)
    ? Object.values(object.extensions)
        .filter(isObject)
        .map((extension) => text(extension.tlp_2_0))
        .find((value) => value !== '')
    : undefined;
  const tlp = (named || extended || '').toLowerCase();
  if (tlp === 'white') return 'clear';
  return TLP_ORDER.includes(tlp) ? tlp : undefined;
}
