import type { AccessibilityRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';
import { ORDINARY_ACCESSIBILITY } from './known-apps.data.ts';
import { told } from './told.ts';

/**
 * Looks at accessibility services that are switched on: they read and operate the screen, which is how stalkerware and banking malware work
 * (Cerberus, Anatsa). MVT tells every service at the same level, also those that are merely installed and those of password managers, its
 * best known false alarm: here one that is not switched on is silent, and an ordinary one is a weakness.
 */
export const judgeAccessibility: Heuristic<AccessibilityRecord> = () => {
  const findings = keepFindings();
  return {
    record({ path, packageName, service, enabled }) {
      if (!enabled) return;
      const ordinary = ORDINARY_ACCESSIBILITY.has(packageName);
      findings.push(
        told('accessibility', {
          evidence: 'permitted',
          ...(ordinary ? { level: 'low', verdict: 'weakness' } : { level: 'medium', verdict: 'unusual' }),
          value: packageName,
          path,
          locator: `enabled service ${packageName}/${service}`,
          explanation: ordinary
            ? 'This app may read and operate the screen. It is one that many people use so; ask whether the owner does.'
            : 'This app may read everything on the screen and operate it. Spying apps need that right; so do some launchers, password managers and aids for disabilities. Ask whether the owner switched it on.',
        }),
      );
    },
    end: findings.kept,
  };
};
