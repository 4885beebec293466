/** What stands for "this is not there". */
export const ABSENT = Symbol('absent');

/** Which of its possible values each thing has that was looked at, by its path. */
export type Choices = ReadonlyMap<string, number>;

/** Something with a finite number of possible values, one of which is chosen when it is first looked at. */
export interface World {
  /** The value of the thing at a path; the first of `options` is how it is when all is well. */
  pick<T>(path: string, options: readonly T[]): T;
}

/**
 * Runs something in every world that it can tell apart, and in no other: a thing is given a value only when it is looked at, and then each of
 * its values in turn. What a run never looked at cannot matter to it, so that its answer holds for every completion.
 *
 * @param visit gets each answer with what was chosen for it; returns false to stop
 * @param fixed values that hold in all runs
 * @param only by path: the values that are tried, where not all are
 * @returns false when `visit` stopped it
 */
export function explore<R>(
  run: (world: World) => R,
  visit: (result: R, choices: () => Choices) => boolean,
  fixed: Choices = new Map(),
  only: (path: string) => readonly number[] | undefined = () => undefined,
): boolean {
  const trail: Step[] = [];
  const chosen = new Map<string, Step>();
  for (;;) {
    let step = 0;
    chosen.clear();
    const next = <T>(path: string, options: readonly T[]): Step => {
      const known = trail[step++];
      if (known === undefined) {
        const made = { path, at: 0, indexes: only(path) ?? options.map((_, index) => index) };
        trail.push(made);
        return made;
      }
      if (known.path !== path)
        throw new Error(`Not a function of its input: it looks at "${path}" and not at "${known.path}"`);
      return known;
    };
    const result = run({
      pick(path, options) {
        const own = fixed.get(path);
        if (own !== undefined) return valueAt(options, own);
        const before = chosen.get(path) ?? next(path, options);
        chosen.set(path, before);
        return valueAt(options, before.indexes[before.at] ?? 0);
      },
    });
    if (
      !visit(
        result,
        () => new Map([...fixed, ...trail.map(({ path, at, indexes }) => [path, indexes[at] ?? 0] as const)]),
      )
    )
      return false;
    while (trail.length > 0 && isLast(trail.at(-1))) trail.pop();
    const last = trail.at(-1);
    if (last === undefined) return true;
    last.at += 1;
  }
}

interface Step {
  readonly path: string;
  readonly indexes: readonly number[];
  /** Place in `indexes`. */
  at: number;
}

function isLast(step: Step | undefined): boolean {
  return step === undefined || step.at + 1 >= step.indexes.length;
}

function valueAt<T>(options: readonly T[], index: number): T {
  if (index >= options.length) throw new Error(`No value ${index} of ${options.length}`);
  return options[index] as T; // just checked
}

/** The one world with these choices, in which all else is well. */
export function worldOf(choices: Choices): World {
  return { pick: (path, options) => valueAt(options, choices.get(path) ?? 0) };
}

/**
 * A record whose members are chosen when they are looked at; `ABSENT` among its options lets a member not exist. A member that the model
 * does not know ends the run: the model is out of date.
 */
export function lazyRecord<T>(
  names: readonly string[],
  member: (name: string) => T | typeof ABSENT,
): Readonly<Record<string, T>> {
  const settled = new Set<string>();
  const settle = (target: Record<string, T>, name: string | symbol): void => {
    if (typeof name === 'symbol' || settled.has(name)) return;
    if (!names.includes(name)) throw new Error(`Amend the model: something looks at "${name}", which it does not know`);
    settled.add(name);
    const value = member(name);
    if (value !== ABSENT) target[name] = value;
  };
  return new Proxy<Record<string, T>>(
    {},
    {
      get(target, name) {
        settle(target, name);
        return Reflect.get(target, name);
      },
      has(target, name) {
        settle(target, name);
        return Reflect.has(target, name);
      },
      getOwnPropertyDescriptor(target, name) {
        settle(target, name);
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
      ownKeys(target) {
        for (const name of names) settle(target, name);
        return Reflect.ownKeys(target);
      },
    },
  );
}
