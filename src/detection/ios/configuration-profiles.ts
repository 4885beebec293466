import type { ProfileEventRecord, ProfileRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { CERTIFICATE_PAYLOADS, PAYLOADS_THAT_MATTER } from './profile-payloads.data.ts';

const ASK = 'An employer or school may have installed it: compare with what they did.';
const COMMON = { kind: 'heuristic', indicator: undefined } as const;

/**
 * Tells what installed profiles change in whom the phone trusts and talks to; nothing is compared with what an organisation installed.
 *
 * A certificate of its own together with a way through which traffic is led is what it takes to read encrypted traffic (Amnesty International, 2021;
 * Cytrox's Predator installed a profile to persist, Citizen Lab 2021). False alarm: every phone that an organisation manages has such profiles.
 */
export const judgeConfigurationProfiles: Heuristic<ProfileRecord> = () => {
  const findings = keepFindings();
  const add = (
    record: ProfileRecord,
    finding: Pick<Finding, 'level' | 'verdict' | 'explanation'>,
    value: string,
  ): void => {
    findings.push({
      ...COMMON,
      ...finding,
      evidence: 'present',
      value,
      artefact: 'configuration-profiles',
      path: record.path,
      locator: record.uuid === '' ? 'profile' : `profile ${record.uuid}`.slice(0, 400),
      atMs: record.installedAtMs,
    });
  };
  return {
    record(record) {
      const name = `The profile "${record.name || record.identifier}"`.slice(0, 300);
      if (record.payloads === undefined) {
        const explanation = `${name} is encrypted for the phone: what it changes cannot be seen here. ${ASK}`;
        add(record, { level: 'low', verdict: 'weakness', explanation }, record.identifier);
        return;
      }
      const types = new Set(record.payloads.map(({ type }) => type));
      for (const type of types) {
        const matters = PAYLOADS_THAT_MATTER.get(type);
        if (matters !== undefined) {
          const { level, verdict, says } = matters;
          add(record, { level, verdict, explanation: `${name} ${says}. ${ASK}` }, type);
        }
      }
      const trusted = [...types].find((type) => CERTIFICATE_PAYLOADS.has(type));
      const leading = [...types].find((type) => PAYLOADS_THAT_MATTER.get(type)?.leads === true);
      if (trusted !== undefined && leading !== undefined) {
        const explanation = `${name} both adds a certificate and leads traffic through others. Together that allows reading encrypted traffic. ${ASK}`;
        add(record, { level: 'medium', verdict: 'unusual', explanation }, `${trusted} + ${leading}`);
      }
    },
    end: findings.kept,
  };
};

/** Tells each time a profile was installed or removed. False alarm: every phone that an organisation manages has such entries. */
export const judgeProfileEvents: Heuristic<ProfileEventRecord> = () => {
  const findings = keepFindings();
  return {
    record({ path, profileId, operation, process, atMs }) {
      findings.push({
        ...COMMON,
        evidence: 'structure',
        level: 'low',
        verdict: 'weakness',
        value: profileId,
        artefact: 'profile-events',
        path,
        locator: `${operation} of ${profileId}`.slice(0, 400),
        atMs,
        explanation: `A configuration profile was changed ("${operation}", by ${process || 'an unknown program'}). ${ASK}`,
      });
    },
    end: findings.kept,
  };
};
