import type { PackageRecord, QfPackageRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';
import { FILE_INSTALLERS, ROOT_APPS, SECURITY_APPS, STORE_INSTALLERS, UPDATE_APPS } from './known-apps.data.ts';
import { type Told, told } from './told.ts';

/** Apps remembered so that none is told twice. */
const MAX_SEEN = 20_000;

type App = Pick<PackageRecord, 'path' | 'packageName' | 'installer' | 'system'>;

/** Root apps, and apps that came past the store, from the package manager. */
export const judgePackages: Heuristic<PackageRecord> = () =>
  collected('packages', (app) => {
    if (!app.installed) return [];
    if (ROOT_APPS.has(app.packageName)) return [rootApp(app)];
    // Without an installer name this dump cannot tell apps put there by cable from those of the maker: only the explicit ones count.
    return app.installer === '' ? [] : installedPastStore(app);
  });

/**
 * Root apps, apps that came past the store, and security or update apps that are switched off, from AndroidQF.
 *
 * False alarms: F-Droid apps, apps of the employer, apps that a technician installed by cable.
 */
export const judgeQfPackages: Heuristic<QfPackageRecord> = () =>
  collected('qf-packages', (app) => {
    if (ROOT_APPS.has(app.packageName)) return [rootApp(app)];
    return [...installedPastStore(app), ...(app.disabled ? switchedOff(app) : [])];
  });

function rootApp({ path, packageName }: App): Told {
  return {
    level: 'medium',
    verdict: 'weakness',
    value: packageName,
    path,
    explanation:
      'An app for full control over the phone (root) is installed. With it any other app can be made to spy.',
  };
}

function installedPastStore({ path, packageName, installer, system }: App): Told[] {
  const common = { verdict: 'weakness', value: packageName, path } as const;
  if (STORE_INSTALLERS.has(installer)) {
    return [
      { ...common, level: 'info', explanation: `This app came from another store than Google's (${installer}).` },
    ];
  }
  if (FILE_INSTALLERS.has(installer)) {
    return [
      {
        ...common,
        level: 'medium',
        explanation:
          'This app was installed from a file, as from a link in a browser or message. Spying apps come that way; so do apps that no store has. Ask the owner.',
      },
    ];
  }
  if (installer !== 'null' || system) return [];
  return [
    {
      ...common,
      level: 'medium',
      explanation:
        'Nobody is recorded as installer of this app: it was put there by cable or by another app. Ask the owner who did that.',
    },
  ];
}

function switchedOff({ path, packageName }: App): Told[] {
  const what = SECURITY_APPS.has(packageName)
    ? 'guards the phone'
    : UPDATE_APPS.has(packageName)
      ? 'brings updates'
      : '';
  if (what === '') return [];
  return [
    {
      level: 'medium',
      verdict: 'weakness',
      value: packageName,
      path,
      explanation: `An app that ${what} is switched off. Some people do that to save battery; it leaves the phone open.`,
    },
  ];
}

/** Judges record by record; the same app in two dumps is told once. */
function collected<R extends { packageName: string }>(
  artefact: string,
  judge: (record: R) => readonly Told[],
): ReturnType<Heuristic<R>> {
  const findings = keepFindings();
  const seen = new Set<string>();
  return {
    record(record) {
      for (const tell of judge(record)) {
        const key = `${tell.value} ${tell.explanation}`;
        if (seen.has(key)) continue;
        if (seen.size < MAX_SEEN) seen.add(key);
        findings.push(told(artefact, tell));
      }
    },
    end: findings.kept,
  };
}
