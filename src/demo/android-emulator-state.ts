import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DemoError } from './demo-error.ts';

const Text = Type.String();
const Policy = Type.Object({ body: Type.Record(Text, Type.Unknown()), version: Type.Integer() });
const Token = Type.Object({
  policyName: Text,
  additionalData: Text,
  personal: Type.Boolean(),
  expiresAtMs: Type.Number(),
});
const Phone = Type.Object({
  name: Text,
  token: Token,
  policyName: Text,
  traits: Type.Object({
    model: Text,
    androidVersion: Text,
    securityPatchLevel: Text,
    passcodeSet: Type.Boolean(),
    rooted: Type.Boolean(),
  }),
  reportedAtMs: Type.Number(),
});
/** Everything that the emulator has to remember: by resource name, tokens by value. */
const State = Type.Object({
  version: Type.Literal(1),
  policies: Type.Record(Text, Policy),
  tokens: Type.Record(Text, Token),
  phones: Type.Record(Text, Phone),
});

export type EmulatedPolicy = Static<typeof Policy>;
export type EmulatedToken = Static<typeof Token>;
export type EmulatedPhone = Static<typeof Phone>;

/** The emulator's memory; without a path it ends with the process. */
export interface EmulatorState {
  readonly policies: Map<string, EmulatedPolicy>;
  readonly tokens: Map<string, EmulatedToken>;
  readonly phones: Map<string, EmulatedPhone>;
  /** Ends once what stands in the maps now is on disk. */
  save(): Promise<void>;
}

/**
 * Opens what an emulator knew when it stopped.
 *
 * @throws DemoError `demo-android` (500) when the file is damaged
 */
export async function openEmulatorState(path: string | undefined): Promise<EmulatorState> {
  const stored = path === undefined ? undefined : await readFile(path, 'utf8').catch(() => undefined);
  const state = stored === undefined ? undefined : parseState(stored, path ?? '');
  const policies = new Map(Object.entries(state?.policies ?? {}));
  const tokens = new Map(Object.entries(state?.tokens ?? {}));
  const phones = new Map(Object.entries(state?.phones ?? {}));
  let saving: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    if (path === undefined) return;
    const text = JSON.stringify({
      version: 1,
      policies: Object.fromEntries(policies),
      tokens: Object.fromEntries(tokens),
      phones: Object.fromEntries(phones),
    });
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.part`, text, { mode: 0o600 });
    await rename(`${path}.part`, path);
  };
  return {
    policies,
    tokens,
    phones,
    save() {
      saving = saving.then(write, write);
      return saving;
    },
  };
}

function parseState(text: string, path: string): Static<typeof State> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // refused below
  }
  if (!Value.Check(State, value))
    throw new DemoError('demo-android', 500, `Remove "${path}" and start again: it is damaged`);
  return value;
}
