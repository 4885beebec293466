import type { IdsLookupRecord, InteractionRecord, SmsRecord } from '../../evidence/index.ts';
import { keepFindings } from '../collect-findings.ts';
import type { Finding } from '../finding.ts';
import type { Heuristic } from '../heuristic.ts';
import { NOTIFICATION_SENDERS, NOTIFICATION_WORDINGS } from './threat-notifications.data.ts';

/** The phrases stand at the top of a notification; a whole book in a message is not searched. */
const MAX_SEARCHED_CHARS = 20_000;
const COMMON = { kind: 'heuristic', indicator: undefined, verdict: 'unusual' } as const;
const WHAT_TO_DO =
  'Apple warns few people and rarely errs: do not reset the phone, and ask the Digital Security Helpline of Access Now or Amnesty Tech for help.';

/**
 * Looks for Apple's threat notifications among the messages: by sender, in any language, and by their wording.
 *
 * What Apple's own address sent is the notification. The same words from somebody else are told apart and lower: a friend who quotes his own, or
 * somebody who imitates Apple to frighten the owner.
 */
export const judgeThreatNotifications: Heuristic<SmsRecord> = () => {
  const findings = keepFindings();
  return {
    record(record) {
      const judged = judge(record);
      if (judged === undefined) return;
      findings.push({
        ...COMMON,
        ...judged,
        evidence: 'received',
        value: record.sender === '' ? 'unknown sender' : record.sender,
        artefact: 'sms',
        path: record.path,
        locator: `message ROWID ${record.rowid}`,
        atMs: record.atMs,
      });
    },
    end: findings.kept,
  };
};

function judge({ sender, fromMe, text }: SmsRecord): Pick<Finding, 'level' | 'explanation'> | undefined {
  if (!fromMe && isApple(sender)) {
    return {
      level: 'high',
      explanation: `Apple sent this phone a threat notification about a targeted attack. ${WHAT_TO_DO}`,
    };
  }
  const wording = wordingOf(text);
  if (wording === undefined) return undefined;
  if (fromMe) {
    return {
      level: 'medium',
      explanation:
        "The owner sent the words of Apple's threat notification to somebody. Ask whether the owner got one.",
    };
  }
  if (sender === '' && wording === 'first') {
    return {
      level: 'high',
      explanation: `A message begins as Apple's threat notifications do; its sender is not kept. ${WHAT_TO_DO}`,
    };
  }
  return {
    level: 'medium',
    explanation:
      "A message from somebody else than Apple holds the words of Apple's threat notification: a person quoting one, or somebody imitating Apple. Sign in at account.apple.com without any link: a real one is shown there.",
  };
}

/** Whether the words are there, and whether the message begins with them. */
function wordingOf(text: string): 'first' | 'inside' | undefined {
  // Every phrase names one of both, which spares nearly all messages the rest.
  if (text.length < 40 || !/iphone|apple/i.test(text)) return undefined;
  const plain = text
    .slice(0, MAX_SEARCHED_CHARS)
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[’ʼ‘]/g, "'")
    .replaceAll(/\s+/g, ' ')
    .trim();
  for (const { phrase, first } of NOTIFICATION_WORDINGS) {
    if (!plain.includes(phrase)) continue;
    return first === true && plain.startsWith(phrase) ? 'first' : 'inside';
  }
  return undefined;
}

function isApple(address: string): boolean {
  return NOTIFICATION_SENDERS.has(
    address
      .replace(/^mailto:/i, '')
      .trim()
      .toLowerCase(),
  );
}

/** Apple's address among the looked-up accounts: a notification was delivered, also where its message is gone. */
export const judgeNotificationLookups: Heuristic<IdsLookupRecord> = () => {
  const findings: Finding[] = [];
  return {
    record({ user, path, service, atMs }) {
      if (findings.length > 0 || !isApple(user)) return;
      findings.push({
        ...COMMON,
        ...DELIVERED,
        value: user,
        artefact: 'ids-status-cache',
        path,
        locator: service,
        atMs,
      });
    },
    end: () => findings,
  };
};

/** Apple's address among the interactions, which outlive the messages. */
export const judgeNotificationInteractions: Heuristic<InteractionRecord> = () => {
  const findings: Finding[] = [];
  return {
    record({ sender, path, id, startAtMs }) {
      if (findings.length > 0 || sender === undefined || !isApple(sender.identifier)) return;
      const place = { artefact: 'interactions', path, locator: `ZINTERACTIONS Z_PK ${id}`, atMs: startAtMs };
      findings.push({ ...COMMON, ...DELIVERED, value: sender.identifier, ...place });
    },
    end: () => findings,
  };
};

const DELIVERED = {
  evidence: 'received',
  level: 'high',
  explanation: `The address from which Apple sends threat notifications has written to this phone, also if the message is gone. ${WHAT_TO_DO}`,
} as const;
