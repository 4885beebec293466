import type { BackupInfoRecord } from '../../evidence/index.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { compareNumbers, numbersOf } from '../versions.ts';
import { BRANCH_OF_TRAIN, NEWEST_BY_BRANCH, VERSIONS_AS_OF } from './ios-versions.data.ts';

/**
 * Tells an old system: most spyware comes through holes that an update has closed since.
 *
 * Compared with a table that ages, so that a version beyond it is taken as new. False alarm: an update of the last days that nobody installed yet.
 */
export const judgeBackupInfo: Heuristic<BackupInfoRecord> = () => {
  let found: Finding | undefined;
  return {
    record({ path, productVersion, buildVersion, productType }) {
      const judged = productVersion === '' ? judgeBuild(buildVersion) : judgeVersion(productVersion);
      // iPods and watches count their versions differently.
      if (judged === undefined || !/^(?:iPhone|iPad|$)/.test(productType)) return;
      found = {
        ...judged,
        verdict: 'weakness',
        kind: 'heuristic',
        evidence: 'structure',
        indicator: undefined,
        value: productVersion || buildVersion,
        artefact: 'backup-info',
        path,
        locator: productVersion === '' ? 'Build Version' : 'Product Version',
        atMs: undefined,
      };
    },
    end: () => (found === undefined ? [] : [found]),
  };
};

type Judged = Pick<Finding, 'level' | 'explanation'> | undefined;

/** Undefined for the newest, for later ones, and for what is no version. */
function judgeVersion(version: string): Judged {
  const own = numbersOf(version);
  const [branch] = own;
  if (branch === undefined || branch > NEWEST_BRANCH) return undefined;
  const newest = NEWEST_BY_BRANCH.get(branch)?.version;
  if (newest === undefined || compareNumbers(own, numbersOf(newest)) < 0) return outdated(`iOS ${version}`, newest);
  return branch === NEWEST_BRANCH ? undefined : oldBranch(`iOS ${version}`);
}

/** "20B110": the number before the letter stands for the branch, the letter for the release. */
function judgeBuild(build: string): Judged {
  const [, train, letter = ''] = /^(\d+)([A-Z])\d+/.exec(build) ?? [];
  const branch = BRANCH_OF_TRAIN.get(Number(train));
  if (branch === undefined) return undefined;
  const newest = NEWEST_BY_BRANCH.get(branch);
  if (newest === undefined || letter < newest.letter) return outdated(`build ${build}`, newest?.version);
  return branch === NEWEST_BRANCH ? undefined : oldBranch(`build ${build}`);
}

const NEWEST_BRANCH = Math.max(...NEWEST_BY_BRANCH.keys());

function outdated(what: string, newest: string | undefined): Judged {
  const towards =
    newest === undefined ? 'Its line gets no updates any more.' : `iOS ${newest} was out by ${VERSIONS_AS_OF}.`;
  return {
    level: 'medium',
    explanation: `The phone runs ${what}, with known security holes. ${towards} Update it, after the evidence is secured.`,
  };
}

function oldBranch(what: string): Judged {
  return {
    level: 'low',
    explanation: `The phone runs ${what}, an older line of iOS that gets only part of the security fixes. Update to the newest line, or replace a phone that cannot.`,
  };
}
