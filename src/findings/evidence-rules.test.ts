import { describe, expect, it } from 'vitest';
import type { ReportFinding } from '../detection/api.ts';
import { withinEvidence } from './evidence-rules.ts';
import { TRACE } from './testing.ts';

const indicator = (type: string) => ({ id: 'i', type, value: 'x', collection: 'Family', source: 's' });
const ATTACHMENT = '/private/var/mobile/Library/SMS/Attachments/0f/15/A/agent';

describe('withinEvidence()', () => {
  const cases: readonly (readonly [Partial<ReportFinding>, ReportFinding['verdict']])[] = [
    [{ evidence: 'executed' }, 'trace'],
    [{ evidence: 'present', indicator: indicator('file:path'), value: '/private/var/db/agent' }, 'trace'],
    [{ evidence: 'present', indicator: indicator('configuration-profile:id'), value: ATTACHMENT }, 'trace'],
    [{ evidence: 'present', indicator: null, value: ATTACHMENT }, 'trace'],
    [{ evidence: 'present', indicator: indicator('file:path'), value: ATTACHMENT }, 'unusual'],
    [{ evidence: 'present', indicator: indicator('file:name'), value: 'a', artefact: 'sms-attachments' }, 'unusual'],
    [{ evidence: 'present', indicator: indicator('file:hash'), value: 'ab', path: ATTACHMENT }, 'unusual'],
    ...(['received', 'visited', 'connected', 'permitted', 'structure'] as const).map(
      (evidence) => [{ evidence }, 'unusual'] as const,
    ),
  ];
  it.each(cases)('judges %j as %s', (more, verdict) => {
    expect(withinEvidence({ ...TRACE, ...more }).verdict).toBe(verdict);
  });
});
