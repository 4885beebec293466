import { globSync, readFileSync } from 'node:fs';
import { GUARDS, type Guard } from '../guards.data.ts';

/** A guard with the file that exports it. */
export interface LocatedGuard extends Guard {
  readonly file: string;
}

/** Finds the file of each guard; throws when a symbol is exported nowhere in its room, or by two files. */
export function locateGuards(guards: readonly Guard[] = GUARDS): readonly LocatedGuard[] {
  const sources = new Map<string, string>();
  return guards.map((guard) => {
    const files = globSync(`src/${guard.room}/**/*.ts`).filter((file) => {
      if (/\.test\.ts$|\/testing\.ts$/.test(file)) return false;
      const source = sources.get(file) ?? readFileSync(file, 'utf8');
      sources.set(file, source);
      return new RegExp(`^export (?:async )?(?:function\\*?|const|class) ${guard.symbol}\\b`, 'm').test(source);
    });
    const [file, other] = files;
    if (file === undefined || other !== undefined)
      throw new Error(
        `Amend tools/guards.data.ts: "${guard.symbol}" is exported by ${files.length} files of src/${guard.room}, must be one`,
      );
    return { ...guard, file };
  });
}
