import type { AuditEntry } from '../audit/api.ts';
import { instant, kit, moment, plain, words } from '../ui/index.ts';
import { AUDIT_DETAILS, AUDIT_WORDS } from './audit-words.data.ts';
import css from './console.module.css';
import { actorName, useNames } from './device-names.ts';
import { text } from './text.ts';

/** An action in words; the code's own where it has none. */
export function actionWords(action: string): string {
  return Object.hasOwn(AUDIT_WORDS, action) ? (AUDIT_WORDS[action] ?? action) : action;
}

/** An entry as labelled rows, and as it was recorded for whoever wants to compare it with an export. */
export function AuditEntryRows({ entry }: { readonly entry: AuditEntry }) {
  const names = useNames();
  const nameOf = (id: string | null) => (id === null ? undefined : (names.device(id) ?? names.person(id)));
  const { type, id } = entry.object;
  const rows: readonly (readonly [string, string, boolean?])[] = [
    [text.audit.columns.at, instant(Date.parse(entry.at))],
    [text.audit.columns.actor, actorName(entry.actor, names)],
    [text.audit.columns.object, [words(type), nameOf(id) ?? id].filter((part) => part !== null).join(': ')],
    ...detailRows(entry.detail, nameOf),
    [text.audit.code, entry.action, true],
  ];
  return (
    <>
      <dl className={css.pairs}>
        {rows.map(([label, value, mono]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className={mono === true ? kit.mono : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
      <details className={kit.more}>
        <summary>{text.audit.recorded}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <pre className={kit.code} tabIndex={0}>
          {JSON.stringify(entry, null, 2)}
        </pre>
      </details>
    </>
  );
}

const MACHINE = /^[0-9a-f]{32,}$|^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** Objects within the detail become rows of their own, named by both words. */
function detailRows(
  detail: Readonly<Record<string, unknown>>,
  nameOf: (id: string) => string | undefined,
  prefix = '',
): readonly (readonly [string, string, boolean])[] {
  return Object.entries(detail).flatMap(([key, value]) => {
    const label = prefix + labelOf(key);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return detailRows(Object.fromEntries(Object.entries(value)), nameOf, `${label}: `);
    }
    if (typeof value === 'number' && key.endsWith('AtMs')) return [[label, moment(value), false]] as const;
    const name = typeof value === 'string' ? nameOf(value) : undefined;
    const machine = name === undefined && typeof value === 'string' && MACHINE.test(value);
    return [[label, value === null ? text.audit.noValue : (name ?? plain(value)), machine]] as const;
  });
}

function labelOf(key: string): string {
  if (Object.hasOwn(AUDIT_DETAILS, key)) return AUDIT_DETAILS[key] ?? key;
  return words(key.replace(/(?:At)?Ms$/, '').replace(/Id$/, ''));
}
