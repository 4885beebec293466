import type { ApplicationRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';

/** The App Store, its product pages, and the daemon of device management. */
const USUAL_SOURCES = new Set([
  'com.apple.AppStore',
  'com.apple.AppStore.ProductPageExtension',
  'com.apple.dmd',
  'dmd',
]);

/**
 * Tells apps that did not come from the App Store or from device management, and those whose store description does not name them.
 *
 * Side-loading is how RCS Lab's and others' apps came onto iPhones (Google TAG, June 2022). False alarm: apps under test, apps of another store, an
 * employer's own.
 */
export const judgeApplications: Heuristic<ApplicationRecord> = () => {
  const findings = keepFindings();
  return {
    record(record) {
      const explanation = explain(record);
      if (explanation === undefined) return;
      const { bundleId: value, path, purchasedAtMs: atMs } = record;
      findings.push({
        kind: 'heuristic',
        evidence: 'present',
        indicator: undefined,
        level: 'medium',
        verdict: 'weakness',
        value,
        artefact: 'applications',
        path,
        locator: `Applications ${value}`.slice(0, 400),
        atMs,
        explanation,
      });
    },
    end: findings.kept,
  };
};

function explain({ bundleId, sourceApp, described, bundleDescribed }: ApplicationRecord): string | undefined {
  if (sourceApp !== '' && !USUAL_SOURCES.has(sourceApp)) {
    return `An app was installed by "${sourceApp}", not by the App Store or device management. Apps under test and an employer's own come that way too: ask who installed it.`;
  }
  // Apple's own apps may come without a description.
  if (described && !bundleDescribed && !bundleId.startsWith('com.apple.'))
    return "The App Store's description of an app does not name the app it belongs to. Ask who installed it.";
  return undefined;
}
