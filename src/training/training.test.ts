import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { canonicalJson } from '../base/index.ts';
import { addMember, createGroup, removeMember } from '../people/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { takeQuiz } from './grade.ts';
import { removeGroupDue, setGroupDue, showGroupDue } from './group-due-dates.ts';
import { LESSONS } from './lessons.data.ts';
import { readTrainingFacts } from './read-training-facts.ts';
import { beginSigning, signText } from './sign.ts';

const PERSON = '11111111-1111-4111-8111-111111111111';
const actor: Actor = { kind: 'person', personId: PERSON, role: 'member', sessionId: 's' };
const JOINED = Date.UTC(2026, 10, 1);
const NOW = JOINED + 86_400_000;
const bytes = new Uint8Array([1, 2, 3]);
const response = {
  id: 'aa',
  rawId: 'aa',
  type: 'public-key' as const,
  response: { clientDataJSON: 'aa', authenticatorData: 'aa', signature: 'aa' },
  clientExtensionResults: {},
};

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  await test.pool.query(
    `insert into people (id, display_name, email, role, state, created_at, joined_at) values ($1, 'Ada', 'ada@example.org', 'member', 'active', $2, $2)`,
    [PERSON, new Date(JOINED)],
  );
});
afterAll(() => test.close());

describe('training', () => {
  it('readTrainingFacts() has a lesson due 14 days after joining and an unsigned text', async () => {
    expect(await readTrainingFacts(test.db, PERSON)).toEqual({
      lessons: [{ id: 'zero-click', dueAtMs: JOINED + 14 * 86_400_000, completedAtMs: null }],
      agreements: [{ id: 'acceptable-use', version: '1.0', dueAtMs: null, signedAtMs: null }],
    });
  });

  it('a due date of groups holds for their people, the earliest of several, until it is removed', async () => {
    const [early, late] = [JOINED + 3 * 86_400_000, JOINED + 30 * 86_400_000];
    const owner: Actor = { kind: 'person', personId: PERSON, role: 'owner', sessionId: 's' };
    const groups = [];
    for (const name of ['Desk', 'Travelling']) {
      const { id } = await createGroup({ db: test.db, now: () => NOW }, owner, name);
      await addMember({ db: test.db, now: () => NOW }, owner, id, PERSON);
      groups.push(id);
    }
    const [desk = '', travelling = ''] = groups;
    const lesson = { kind: 'lesson', itemId: 'zero-click' } as const;
    const text = { kind: 'text', itemId: 'acceptable-use' } as const;
    await test.pool.query('delete from graphile_worker._private_jobs');
    await setGroupDue(test.db, owner, { ...lesson, groupId: desk, dueAtMs: late });
    await setGroupDue(test.db, owner, { ...lesson, groupId: travelling, dueAtMs: early });
    await setGroupDue(test.db, owner, { ...text, groupId: desk, dueAtMs: late });
    const jobs = await test.pool.query('select key from graphile_worker.jobs');
    expect(jobs.rows, 'she is decided anew').toEqual([{ key: `access.reassess.person.${PERSON}` }]);
    const due = async (): Promise<unknown[]> => {
      const { lessons, agreements } = await readTrainingFacts(test.db, PERSON);
      return [...lessons, ...agreements].map(({ dueAtMs }) => dueAtMs);
    };
    expect(await due()).toEqual([early, late]);
    await removeMember({ db: test.db, withoutLosers: (_tx, _ok, change) => change() }, owner, travelling, PERSON, true);
    expect(await due()).toEqual([late, late]);
    expect((await showGroupDue(test.db)).items).toEqual([
      { ...lesson, groupId: travelling, dueAtMs: early },
      { ...text, groupId: desk, dueAtMs: late },
      { ...lesson, groupId: desk, dueAtMs: late },
    ]);
    for (const item of [lesson, text]) await removeGroupDue(test.db, owner, { ...item, groupId: desk });
    expect(await due()).toEqual([JOINED + 14 * 86_400_000, null]);
    await expect(removeGroupDue(test.db, owner, { ...text, groupId: desk })).rejects.toMatchObject({
      code: 'training-no-due-date',
    });
    const unknown = setGroupDue(test.db, owner, { ...text, itemId: 'none', groupId: desk, dueAtMs: late });
    await expect(unknown).rejects.toMatchObject({ code: 'training-unknown' });
  });

  it('takeQuiz() fails wrong answers, completes right ones, and stops guessing', async () => {
    const lesson = LESSONS[0];
    if (lesson === undefined) throw new Error('no lesson');
    const right = Object.fromEntries(lesson.questions.map((question) => [question.id, question.right]));
    expect(await takeQuiz(test.db, actor, PERSON, lesson.id, { version: 1, answers: {} }, NOW)).toMatchObject({
      passed: false,
      right: 0,
      completedAtMs: null,
    });
    expect(await takeQuiz(test.db, actor, PERSON, lesson.id, { version: 1, answers: right }, NOW)).toMatchObject({
      passed: true,
      completedAtMs: NOW,
    });
    expect((await readTrainingFacts(test.db, PERSON)).lessons).toMatchObject([{ completedAtMs: NOW }]);
    for (let i = 0; i < 3; i++) await takeQuiz(test.db, actor, PERSON, lesson.id, { version: 1, answers: {} }, NOW);
    await expect(
      takeQuiz(test.db, actor, PERSON, lesson.id, { version: 1, answers: right }, NOW),
    ).rejects.toMatchObject({ code: 'training-too-many-attempts' });
    await expect(
      takeQuiz(test.db, actor, PERSON, lesson.id, { version: 2, answers: right }, NOW),
    ).rejects.toMatchObject({ code: 'training-version' });
  });

  it('signText() asks the passkey for the hash over text, person and nonce, keeps the proof, and takes a challenge once', async () => {
    const begun = await beginSigning(test.db, PERSON, 'acceptable-use', NOW);
    const { textId, version, sha256, nonce } = begun;
    const expected = createHash('sha256')
      .update(canonicalJson({ textId, version, sha256, personId: PERSON, nonce }))
      .digest('base64url');
    expect(begun.challenge).toBe(expected);
    const asked: string[] = [];
    const services = {
      db: test.db,
      verifyPasskey: async ({ expectedChallenge }: { expectedChallenge: string }) => {
        asked.push(expectedChallenge);
        return {
          credentialId: 'c',
          publicKey: bytes,
          authenticatorData: bytes,
          clientDataJSON: bytes,
          signature: bytes,
        };
      },
    };
    const late = signText(services, actor, PERSON, textId, { nonce, response }, begun.expiresAtMs);
    await expect(late).rejects.toMatchObject({ code: 'training-challenge' });
    expect(await signText(services, actor, PERSON, textId, { nonce, response }, NOW + 1)).toEqual({
      id: textId,
      version,
      signedAtMs: NOW + 1,
    });
    await expect(signText(services, actor, PERSON, textId, { nonce, response }, NOW + 2)).rejects.toMatchObject({
      code: 'training-challenge',
    });
    expect(asked).toEqual([expected]);
    expect((await readTrainingFacts(test.db, PERSON)).agreements).toMatchObject([{ signedAtMs: NOW + 1 }]);
    const kept = await test.pool.query(
      'select credential_id, public_key, client_data_json, nonce from training_signatures',
    );
    expect(kept.rows).toMatchObject([
      { credential_id: 'c', public_key: Buffer.from(bytes), client_data_json: Buffer.from(bytes), nonce },
    ]);
  });
});
