import { execFileSync } from 'node:child_process';

// On main itself there is no base to compare with; so many commits are looked at.
const LAST_COMMITS = 10;

/** Files that the commits since main, or on main the last ones, have changed, with what is not committed; undefined without a history. */
export function changedFiles(): readonly string[] | undefined {
  const base = mergeBase();
  if (base === undefined) return undefined;
  return git('diff', '--name-only', '--diff-filter=d', base)?.split('\n').filter(Boolean);
}

function mergeBase(): string | undefined {
  const head = git('rev-parse', 'HEAD');
  for (const main of ['main', 'origin/main']) {
    const base = git('merge-base', 'HEAD', main);
    if (base !== undefined && base !== head) return base;
  }
  return git('rev-parse', `HEAD~${LAST_COMMITS}`) ?? git('rev-list', '--max-parents=0', 'HEAD');
}

function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined; // not a checkout, or no such commit: there is nothing to compare with
  }
}
