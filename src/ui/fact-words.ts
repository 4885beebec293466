import { APPLE_MODELS } from './apple-models.data.ts';
import { plain, words } from './format.ts';

/** A fact, what it is called, and what true and false say of it where yes and no would not be plain. */
const FACTS: Readonly<Record<string, readonly [label: string, yes?: string, no?: string]>> = {
  'device.name': ['Name of the phone'],
  'device.model': ['Model'],
  'os.version': ['System'],
  'os.build': ['Build of the system'],
  'os.patchLevel': ['Security patches up to'],
  'passcode.present': ['Passcode', 'set', 'not set'],
  'passcode.compliant': ['Passcode as the organisation asks', 'yes', 'no'],
  'passcode.rule': ['Rule for the passcode', 'on the phone', 'not on the phone'],
  'encryption.enabled': ['Storage', 'encrypted', 'not encrypted'],
  'encryption.hardware': ['Encryption in the hardware', 'there', 'missing'],
  'integrity.rooted': ['System altered', 'yes', 'no sign of it'],
  supervised: ['Supervised by the organisation', 'yes', 'no'],
  'enrolment.kind': ['What is managed'],
  'profile.installed': ['Policy on the phone', 'applied', 'not applied'],
  'profile.id': ['Number of the policy profile'],
  'profile.listed': ['Profile in the phone’s list'],
  'policy.unmet': ['Settings the phone does not fulfil'],
  apps: ['Apps on its list'],
};

const ENROLMENT_KINDS: Readonly<Record<string, string>> = {
  device: 'the whole phone',
  user: 'the work part of a private phone',
  'work-profile': 'the work profile of a private phone',
};

/** What only a specialist asks for: shown on request, below what the decision reads. */
const TECHNICAL: ReadonlySet<string> = new Set([
  'os.build',
  'profile.id',
  'profile.listed',
  'passcode.rule',
  'encryption.hardware',
]);

export function isTechnical({ name }: { readonly name: string }): boolean {
  return TECHNICAL.has(name);
}

const ORDER = Object.keys(FACTS);

/** Facts in the order in which a person asks for them: what it is, its passcode, its storage; others at the end. */
export function sortFacts<Fact extends { readonly name: string }>(facts: readonly Fact[]): readonly Fact[] {
  const place = ({ name }: Fact): number => (name in FACTS ? ORDER.indexOf(name) : ORDER.length);
  return facts.toSorted((a, b) => place(a) - place(b));
}

/** What a fact is called; one without a name of its own is called by its words. */
export function factLabel(name: string): string {
  return FACTS[name]?.[0] ?? words(name);
}

/** A fact's value as a reader expects it: "set" and not "yes", "iPhone 13" beside "iPhone14,5". */
export function factValue(name: string, value: unknown): string {
  const [, yes, no] = FACTS[name] ?? [];
  if (typeof value === 'boolean' && yes !== undefined && no !== undefined) return value ? yes : no;
  if (name === 'device.model' && typeof value === 'string' && value in APPLE_MODELS) {
    return `${modelName(value)} (${value})`;
  }
  if (name === 'enrolment.kind' && typeof value === 'string') return ENROLMENT_KINDS[value] ?? plain(value);
  return plain(value);
}

/** "iPhone 13" of "iPhone14,5"; a model that is not known keeps its identifier. */
export function modelName(model: string): string {
  return APPLE_MODELS[model] ?? model;
}

/** "iOS 26.1", "iPadOS 18.4", "Android 16"; empty as long as the phone has not said which. */
export function systemName(device: {
  readonly platform: 'apple' | 'android';
  readonly model: string;
  readonly osVersion: string;
}): string {
  if (device.osVersion === '') return '';
  const system = device.platform === 'android' ? 'Android' : device.model.startsWith('iPad') ? 'iPadOS' : 'iOS';
  return `${system} ${device.osVersion}`;
}
