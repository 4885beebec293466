import { describe, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import {
  endingBy,
  type Party,
  type Question,
  standingOf,
  type TwoPeopleRequest,
  whyNotCarryOut,
  whyNotConfirm,
  whyNotSecond,
} from './judge-request.ts';

const NOW = 1_000_000;
const party = (id: string, change: Partial<Party> = {}): Party => ({
  ...{ id, displayName: id, role: 'administrator', state: 'active', heldUntilMs: null, countsFromMs: null },
  ...change,
});
const PARTIES: readonly Party[] = [
  party('maker'),
  party('person', { role: 'member' }),
  party('second'),
  party('owner', { role: 'owner' }),
  party('gains'),
  party('auditor', { role: 'auditor' }),
  party('member', { role: 'member' }),
  party('held', { heldUntilMs: NOW + 1 }),
  party('free', { heldUntilMs: NOW, countsFromMs: NOW }),
  party('new', { countsFromMs: NOW + 1 }),
  party('suspended', { state: 'suspended' }),
  party('invited', { state: 'invited' }),
];
const WAITING: TwoPeopleRequest = {
  id: 'r',
  kind: 'people.recovery',
  personId: 'person',
  personRole: 'member',
  personState: 'active',
  about: { type: 'person', id: 'person' },
  title: 'a link',
  reason: 'lost',
  detail: {},
  barred: ['gains'],
  makerId: 'maker',
  makerRole: 'administrator',
  madeAtMs: 0,
  expiresAtMs: NOW + 1,
  aloneFromMs: null,
  agreed: null,
  ended: null,
  alone: false,
};
const SECOND = { as: 'second', by: 'second', role: 'administrator', atMs: 1 } as const;
const ended = (ending: NonNullable<TwoPeopleRequest['ended']>['ending']): Partial<TwoPeopleRequest> => ({
  ended: { ending, by: null, atMs: 2 },
});

/** Every state of a request, with the people of that moment. */
const STATES: Readonly<Record<string, readonly [Partial<TwoPeopleRequest>, readonly Party[], standing: string]>> = {
  'waits for a second person': [{}, [], 'waiting'],
  'waits for the delay': [{ aloneFromMs: NOW + 1 }, [], 'waiting'],
  'the delay has passed': [{ aloneFromMs: NOW }, [], 'alone'],
  'a second person agreed': [{ agreed: SECOND }, [], 'agreed'],
  'the person agreed': [{ agreed: { ...SECOND, as: 'person', by: 'person', role: 'member' } }, [], 'agreed'],
  'her phone agreed': [{ agreed: { ...SECOND, as: 'phone', by: 'person', role: 'member' } }, [], 'agreed'],
  'expired while it waited': [{ expiresAtMs: NOW }, [], 'expired'],
  'expired once agreed to': [{ expiresAtMs: NOW, agreed: SECOND }, [], 'expired'],
  'expired once the delay had passed': [{ expiresAtMs: NOW, aloneFromMs: 1 }, [], 'expired'],
  'carried out': [{ ...ended('done'), agreed: SECOND }, [], 'done'],
  'carried out alone': [{ ...ended('done'), aloneFromMs: 1, alone: true }, [], 'done'],
  'stopped before anybody agreed': [ended('stopped'), [], 'stopped'],
  'stopped once agreed to': [{ ...ended('stopped'), agreed: SECOND }, [], 'stopped'],
  'stopped while the delay ran': [{ ...ended('stopped'), aloneFromMs: NOW }, [], 'stopped'],
  refused: [ended('refused'), [], 'refused'],
  withdrawn: [{ ...ended('withdrawn'), agreed: SECOND }, [], 'withdrawn'],
  'ended by a change of role': [{ ...ended('lapsed'), agreed: SECOND }, [], 'lapsed'],
  'its maker has another role': [{ agreed: SECOND }, [party('maker', { role: 'owner' })], 'lapsed'],
  'its maker has a lower role': [{ aloneFromMs: 1 }, [party('maker', { role: 'member' })], 'lapsed'],
  'its maker is suspended': [{}, [party('maker', { state: 'suspended' })], 'lapsed'],
  'the person has another role': [{ agreed: SECOND }, [party('person', { role: 'auditor' })], 'lapsed'],
  'the person is suspended': [{}, [party('person', { role: 'member', state: 'suspended' })], 'lapsed'],
  'who agreed has another role': [{ agreed: SECOND }, [party('second', { role: 'owner' })], 'lapsed'],
  'who agreed is suspended': [{ agreed: SECOND }, [party('second', { state: 'suspended' })], 'lapsed'],
};

const session = (personId: string, sessionId = 's1'): Actor => ({
  ...{ kind: 'person', personId, sessionId },
  role: PARTIES.find(({ id }) => id === personId)?.role ?? 'member',
});
const CALLERS: Readonly<Record<string, Actor>> = {
  ...Object.fromEntries(PARTIES.map(({ id }) => [id, session(id)])),
  'another session of the maker': session('maker', 's2'),
  'another session of the person': session('person', 's2'),
  'nobody known': session('gone'),
  'a token of an owner': { kind: 'token', tokenId: 't', role: 'owner' },
  'a token of an administrator': { kind: 'token', tokenId: 't', role: 'administrator' },
  'a device': { kind: 'device', deviceId: 'd' },
  'the server': { kind: 'system' },
  'somebody without a session': { kind: 'anonymous' },
};

function question(state: string, personMayAgree = true): Question {
  const [change, now] = STATES[state] ?? [{}, []];
  const parties = new Map([...PARTIES, ...now].map((one) => [one.id, one]));
  return { request: { ...WAITING, ...change }, parties, roles: ['owner', 'administrator'], personMayAgree, nowMs: NOW };
}

/** The pairs of state and caller for which something is allowed: all others are refused. */
function allowed(may: (question: Question, actor: Actor) => boolean): string[] {
  return Object.keys(STATES).flatMap((state) =>
    Object.entries(CALLERS).flatMap(([caller, actor]) => (may(question(state), actor) ? [`${state}: ${caller}`] : [])),
  );
}

const pairs = (states: readonly string[], callers: readonly string[]): string[] =>
  states.flatMap((state) => callers.map((caller) => `${state}: ${caller}`));
const OPEN = ['waits for a second person', 'waits for the delay', 'the delay has passed'];
const AGREED = ['a second person agreed', 'the person agreed', 'her phone agreed'];

describe('standingOf()', () => {
  it.each(Object.entries(STATES))('%s', (state, [, , standing]) => {
    const { request, parties, nowMs } = question(state);
    expect(standingOf(request, parties, nowMs)).toBe(standing);
  });

  it('lapses when one of its people is gone', () => {
    for (const gone of ['maker', 'person', 'second']) {
      const parties = new Map(PARTIES.filter(({ id }) => id !== gone).map((one) => [one.id, one]));
      expect(standingOf({ ...WAITING, agreed: SECOND }, parties, NOW), gone).toBe('lapsed');
    }
  });
});

describe('over every state of a request and every caller', () => {
  it('whyNotSecond() lets another active person of the roles agree, while nobody has', () => {
    expect(allowed((asked, actor) => whyNotSecond(asked, actor) === undefined)).toEqual(
      pairs(OPEN, ['second', 'owner', 'free']),
    );
  });

  it('whyNotConfirm() lets the person concerned agree, while nobody has', () => {
    const confirm = (asked: Question, actor: Actor) =>
      actor.kind === 'person' && whyNotConfirm(asked, actor.personId) === undefined;
    expect(allowed(confirm)).toEqual(pairs(OPEN, ['person', 'another session of the person']));
    expect(whyNotConfirm(question('waits for a second person', false), 'person')).toBe(
      'people-request-no-confirmation',
    );
  });

  it('whyNotCarryOut() lets its maker, once somebody agreed, or alone while nobody else can', () => {
    const maker = ['maker', 'another session of the maker'];
    const by = (others: readonly Party[]) => (asked: Question, actor: Actor) =>
      whyNotCarryOut(asked, actor, others) === undefined;
    expect(allowed(by([party('second')]))).toEqual(pairs(AGREED, maker));
    expect(allowed(by([]))).toEqual(pairs(['the delay has passed', ...AGREED], maker));
  });

  it('endingBy() lets everybody with a part in it end it, each in her way', () => {
    const by = (ending: string) =>
      Object.entries(CALLERS).flatMap(([caller, actor]) =>
        endingBy(question('waits for a second person'), actor) === ending ? [caller] : [],
      );
    expect({ stopped: by('stopped'), withdrawn: by('withdrawn'), refused: by('refused') }).toEqual({
      stopped: ['person', 'another session of the person'],
      withdrawn: ['maker', 'another session of the maker'],
      refused: ['second', 'owner', 'gains', 'held', 'free', 'new'],
    });
  });
});

describe('each refusal has a reason of its own', () => {
  it.each([
    ['a token of an owner', 'people-request-person'],
    ['suspended', 'people-request-person'],
    ['invited', 'people-request-person'],
    ['maker', 'people-request-maker'],
    ['another session of the maker', 'people-request-maker'],
    ['person', 'people-request-concerned'],
    ['gains', 'people-request-barred'],
    ['auditor', 'people-request-role'],
    ['member', 'people-request-role'],
    ['held', 'people-request-held'],
    ['new', 'people-request-new'],
  ] as const)('whyNotSecond(): %s', (caller, code) => {
    const actor = CALLERS[caller];
    expect(actor && whyNotSecond(question('waits for a second person'), actor)).toBe(code);
  });

  it('also where the state refuses', () => {
    expect(whyNotSecond(question('a second person agreed'), session('owner'))).toBe('people-request-agreed');
    expect(whyNotSecond(question('carried out'), session('owner'))).toBe('people-request-ended');
    expect(whyNotConfirm(question('the person agreed'), 'person')).toBe('people-request-agreed');
    expect(whyNotConfirm(question('carried out'), 'person')).toBe('people-request-ended');
    expect(whyNotConfirm(question('waits for a second person'), 'second')).toBe('people-request-role');
    const left = { ...WAITING, personId: 'suspended', personRole: 'administrator', personState: 'suspended' } as const;
    expect(whyNotConfirm({ ...question('waits for a second person'), request: left }, 'suspended')).toBe(
      'people-request-role',
    );
    const held = question('waits for a second person');
    const parties = new Map([...held.parties, ['person', party('person', { role: 'member', heldUntilMs: NOW + 1 })]]);
    expect(whyNotConfirm({ ...held, parties }, 'person')).toBe('people-request-held');
    const heldMaker = new Map([...held.parties, ['maker', party('maker', { heldUntilMs: NOW + 1 })]]);
    const agreed = { ...question('a second person agreed'), parties: heldMaker };
    expect(whyNotCarryOut(agreed, session('maker'), [])).toBe('people-request-held');
    const newMaker = new Map([...held.parties, ['maker', party('maker', { countsFromMs: NOW + 1 })]]);
    expect(whyNotCarryOut({ ...agreed, parties: newMaker }, session('maker'), [])).toBe('people-request-new');
    expect(whyNotCarryOut(question('waits for the delay'), session('maker'), [])).toBe('people-request-waits');
    expect(whyNotCarryOut(question('carried out'), session('maker'), [])).toBe('people-request-ended');
    expect(whyNotCarryOut(question('the delay has passed'), session('second'), [])).toBe('people-request-not-maker');
    expect(whyNotCarryOut(question('the delay has passed'), session('maker'), [party('second')])).toBe(
      'people-request-second',
    );
  });
});
