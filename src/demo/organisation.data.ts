import type { Role } from '../audit/index.ts';
import type { IphoneMake } from './iphone-make.ts';

/** Names in the practice organisation are invented; the domain is reserved by RFC 2606. */
const DOMAIN = 'meridian.example';

export interface PracticePerson {
  readonly displayName: string;
  readonly email: string;
  readonly role: Role;
  readonly group: string;
}

export const GROUPS: readonly string[] = ['Newsroom', 'Investigations', 'Field', 'Office'];

const person = (displayName: string, name: string, group: string, role: Role = 'member'): PracticePerson => ({
  displayName,
  email: `${name}@${DOMAIN}`,
  role,
  group,
});

/** Nobody here is an owner: the one-time setup link stays for whoever runs the server. The first person's invitation is handed out. */
export const PEOPLE: readonly PracticePerson[] = [
  person('Amara Okafor', 'amara.okafor', 'Investigations'),
  person('Jonas Lindqvist', 'jonas.lindqvist', 'Newsroom'),
  person('Leila Haddad', 'leila.haddad', 'Field'),
  person('Mateo Quispe', 'mateo.quispe', 'Field'),
  person('Ingrid Solheim', 'ingrid.solheim', 'Newsroom'),
  person('Tomasz Wrona', 'tomasz.wrona', 'Investigations'),
  person('Priya Raman', 'priya.raman', 'Newsroom'),
  person('Camille Fournier', 'camille.fournier', 'Newsroom'),
  person('Noor van Dijk', 'noor.vandijk', 'Office', 'administrator'),
  person('Elena Petrova', 'elena.petrova', 'Office', 'investigator'),
  person('Samuel Mensah', 'samuel.mensah', 'Office', 'auditor'),
  person('Yuki Tanabe', 'yuki.tanabe', 'Newsroom'),
];

export interface PracticePhone extends IphoneMake {
  /** Index into `PEOPLE`. */
  readonly owner: number;
  readonly ownership: 'personal' | 'organisation';
}

const MODELS = {
  'iPhone 16 Pro': ['iPhone17,1', 'MYND3'],
  'iPhone 15': ['iPhone15,4', 'MTP03'],
  'iPhone 14': ['iPhone14,7', 'MPUF3'],
  'iPhone 13': ['iPhone14,5', 'MLPF3'],
  'iPhone 12': ['iPhone13,2', 'MGJ53'],
  'iPhone SE': ['iPhone14,6', 'MMXF3'],
  'iPhone XR': ['iPhone11,8', 'MRY42'],
} as const satisfies Record<string, readonly [string, string]>;

const SYSTEMS = {
  '26.6.1': '23G83',
  '26.5.2': '23F84',
  '18.7.10': '22H6374',
  '17.5.1': '21F90',
} as const;

const phone = (
  owner: number,
  name: string,
  model: keyof typeof MODELS,
  osVersion: keyof typeof SYSTEMS,
  rest: { passcodeLength?: number; ownership?: 'personal' | 'organisation'; supervised?: boolean } = {},
): PracticePhone => ({
  owner,
  name,
  modelName: model,
  productName: MODELS[model][0],
  model: MODELS[model][1],
  osVersion,
  buildVersion: SYSTEMS[osVersion],
  passcodeLength: rest.passcodeLength ?? 6,
  supervised: rest.supervised ?? false,
  ownership: rest.ownership ?? 'organisation',
});

/** Nineteen iPhones: most in good order, one on a system that is too old, one without a passcode, one with a short one. */
export const PHONES: readonly PracticePhone[] = [
  phone(0, 'Amara’s iPhone', 'iPhone 16 Pro', '26.6.1', { supervised: true, passcodeLength: 8 }),
  phone(1, 'Jonas’s iPhone', 'iPhone 15', '26.6.1', { supervised: true }),
  phone(2, 'Leila’s iPhone', 'iPhone 12', '17.5.1'),
  phone(3, 'Mateo’s iPhone', 'iPhone 13', '26.6.1', { passcodeLength: 0 }),
  phone(4, 'Ingrid’s iPhone', 'iPhone 15', '26.5.2'),
  phone(5, 'Tomasz’s iPhone', 'iPhone 16 Pro', '26.6.1', { supervised: true, passcodeLength: 10 }),
  phone(6, 'Priya’s iPhone', 'iPhone XR', '18.7.10'),
  phone(7, 'Camille’s iPhone', 'iPhone 14', '26.6.1'),
  phone(8, 'Noor’s iPhone', 'iPhone 15', '26.6.1', { supervised: true }),
  phone(9, 'Elena’s iPhone', 'iPhone 16 Pro', '26.6.1', { supervised: true, passcodeLength: 8 }),
  phone(10, 'Samuel’s iPhone', 'iPhone SE', '26.5.2'),
  phone(11, 'Yuki’s iPhone', 'iPhone 13', '26.6.1'),
  phone(0, 'Amara private', 'iPhone 13', '26.6.1', { ownership: 'personal' }),
  phone(2, 'Field pool 1', 'iPhone SE', '26.6.1', { supervised: true }),
  phone(3, 'Field pool 2', 'iPhone SE', '26.6.1', { supervised: true }),
  phone(4, 'Ingrid private', 'iPhone 12', '26.5.2', { ownership: 'personal', passcodeLength: 4 }),
  phone(5, 'Tomasz travel', 'iPhone SE', '26.6.1', { supervised: true }),
  phone(7, 'Camille desk', 'iPhone XR', '18.7.10'),
  phone(11, 'Yuki private', 'iPhone 15', '26.6.1', { ownership: 'personal' }),
];
