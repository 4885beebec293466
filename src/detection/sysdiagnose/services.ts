import type { BootRecord, InstallRecord, ServiceRecord } from '../../evidence/index.ts';
import { told } from '../android/told.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Heuristic } from '../heuristic.ts';
import { FORENSIC_BOXES } from './forensic-boxes.data.ts';

/**
 * Tells when a machine that copies phones was paired with this one.
 *
 * Authorities and others extract phones with such machines, and have installed spyware while they held them (Amnesty International, "A Digital Prison",
 * 2024-12). False alarm: the owner had the phone examined, as in a check for spyware.
 */
export const judgePairings: Heuristic<ServiceRecord> = () => {
  const findings = keepFindings();
  const known = new Set<string>();
  return {
    record({ log, path, line, text, atMs }) {
      if (log !== 'lockdown') return;
      const value = FORENSIC_BOXES.find(([pattern]) => pattern.test(text))?.[1];
      if (value === undefined || known.has(value)) return;
      known.add(value);
      findings.push(
        told('lockdown-log', {
          level: 'high',
          verdict: 'unusual',
          evidence: 'structure',
          value,
          path,
          locator: `line ${line}`,
          atMs,
          explanation: `A machine with a name of ${value}, which copies the content of phones, was connected to this one. Ask the owner who held the phone at that time; a check that the owner wanted looks the same.`,
        }),
      );
    },
    end: findings.kept,
  };
};

/** What hands an app over that comes by cable from a computer. */
const BY_CABLE = new Set(['mobile_installation_proxy', 'streaming_zip_conduit']);

/**
 * Tells apps that a computer installed by cable.
 *
 * Side-loading is how apps that pose as others came onto iPhones (Google TAG on RCS Lab, June 2022), and how stalkerware does. False alarm: phones of
 * developers, apps of another store.
 */
export const judgeInstalls: Heuristic<InstallRecord> = () => {
  const findings = keepFindings();
  return {
    record({ what, requester, type, place, path, line, atMs }) {
      const program = requester.slice(requester.lastIndexOf('/') + 1);
      const developer = type === 'Developer';
      if (what !== 'requested' || !(BY_CABLE.has(program) || developer)) return;
      findings.push(
        told('app-installs', {
          level: 'medium',
          verdict: 'unusual',
          value: place.slice(place.lastIndexOf('/') + 1) || program,
          path,
          locator: `line ${line}`,
          atMs,
          explanation:
            'An app was installed from a computer and not from the App Store. On the phone of a developer that is usual; elsewhere ask the owner.',
        }),
      );
    },
    end: findings.kept,
  };
};

/** A panic or an empty battery ends a phone without a word; so often in a row they do not. */
const MIN_BOOTS = 4;
/** Starts follow a shutdown within minutes, or after a phone lay switched off. */
const SLACK_MS = 300_000;

/**
 * Compares the starts of the phone with its shutdowns: where most starts have no shutdown before them, entries were removed.
 *
 * Pegasus cleans up behind itself, and shutdown.log with it (iVerify, October 2025). Up to iOS 18 only: later systems keep one shutdown. False
 * alarm: a phone that keeps crashing, or whose battery runs empty each day.
 */
export const judgeBoots: Heuristic<BootRecord> = () => {
  const boots: BootRecord[] = [];
  const shutdownsMs: number[] = [];
  return {
    record(record) {
      if (record.kind === 'boot') boots.push(record);
      else shutdownsMs.push(record.atMs);
    },
    end() {
      boots.sort((a, b) => a.atMs - b.atMs);
      shutdownsMs.sort((a, b) => a - b);
      let [next, bare] = [0, 0];
      for (const [i, boot] of boots.entries()) {
        const after = (boots[i - 1]?.atMs ?? Number.NEGATIVE_INFINITY) - SLACK_MS;
        while ((shutdownsMs[next] ?? Number.POSITIVE_INFINITY) <= after) next++;
        // The first start in the log may follow a shutdown that is older than the log of shutdowns.
        if ((shutdownsMs[next] ?? Number.POSITIVE_INFINITY) > boot.atMs + SLACK_MS) bare++;
      }
      const last = boots.at(-1);
      if (last === undefined || bare < MIN_BOOTS || bare * 2 <= boots.length) return [];
      return [
        told('boots', {
          level: 'medium',
          verdict: 'unusual',
          evidence: 'structure',
          value: `${bare} of ${boots.length} starts`,
          path: last.path,
          locator: `line ${last.line}`,
          atMs: last.atMs,
          explanation: `The phone was started ${boots.length} times, and for ${bare} of them the log of shutdowns has no entry. Spyware has been seen to clean that log; a phone that crashes or whose battery runs empty often looks the same.`,
        }),
      ];
    },
  };
};
