import { describe, expect, it } from 'vitest';
import { startParts } from './parts.ts';

const bench = (signal = new AbortController().signal, limitMs = 200) => {
  const ended: string[] = [];
  const said: string[] = [];
  const parts = startParts(signal, limitMs);
  const start = (name: string, stop: () => Promise<unknown> = async () => {}) =>
    parts.start(
      name,
      async () => name,
      async (started) => {
        ended.push(started);
        await stop();
      },
    );
  return { parts, start, ended, said, stop: () => parts.stop((line) => said.push(line)) };
};

describe('startParts()', () => {
  it('gives what a part started, and ends the parts in the reverse of their order, once', async () => {
    const { parts, start, ended, stop } = bench();
    expect(await start('database')).toBe('database');
    expect(await parts.start('keys', async () => 7)).toBe(7);
    await start('requests');
    await stop();
    await stop();
    expect(ended).toEqual(['requests', 'database']);
  });

  it('tells a part that fails or hangs at its end, and ends the others', async () => {
    const { start, ended, said, stop } = bench();
    await start('first');
    await start('hangs', () => new Promise(() => {}));
    await start('fails', () => Promise.reject(new Error('no')));
    await stop();
    expect(ended).toEqual(['fails', 'hangs', 'first']);
    expect(said).toEqual(['stopping, fails: no', 'stopping, hangs: did not end in time']);
  });

  it('gives a part that waits for others the time that it asks for, beside that of all', async () => {
    const { parts, start, ended, said, stop } = bench(undefined, 50);
    await start('last');
    const slow = (): Promise<void> => new Promise((done) => setTimeout(done, 120));
    await parts.start('waits', async () => {}, slow, 10_000);
    await start('first');
    await stop();
    expect([ended, said]).toEqual([['first', 'last'], []]);
  });

  it('does not end a part that did not start', async () => {
    const { parts, start, ended, stop } = bench();
    await start('first');
    await expect(
      parts.start(
        'second',
        () => Promise.reject(new Error('cannot')),
        async () => ended.push('second'),
      ),
    ).rejects.toThrow('cannot');
    await stop();
    expect(ended).toEqual(['first']);
  });

  it('starts nothing more once the start is broken off', async () => {
    const breaking = new AbortController();
    const { start, ended, stop } = bench(breaking.signal);
    await start('first');
    breaking.abort(new Error('told to stop'));
    await expect(start('second')).rejects.toThrow('told to stop');
    await stop();
    expect(ended).toEqual(['first']);
  });
});
