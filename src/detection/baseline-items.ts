/** Kinds of things that the next check of a phone, or other phones of the organisation, are compared by. */
export const BASELINE_KINDS = ['network-program', 'running-program', 'profile', 'shutdown', 'adb-key'] as const;
export type BaselineKind = (typeof BASELINE_KINDS)[number];

/**
 * One thing that stood on the phone: a program of the system that used the network or ran (its name), a profile (its identifier), a shutdown (its
 * time), a computer that may debug the phone (its key's fingerprint). Programs of apps are left out: they would tell which apps a person has.
 */
export interface BaselineItem {
  readonly kind: BaselineKind;
  readonly value: string;
}

export const MAX_BASELINE_ITEMS = 4000;
export const MAX_BASELINE_VALUE = 200;

/** Collects what is compared, each thing once. What does not fit is left out and is then no difference either. */
export function collectBaseline(): { add(item: BaselineItem): void; items(): readonly BaselineItem[] } {
  const kept = new Map<string, BaselineItem>();
  return {
    add({ kind, value }) {
      const item = { kind, value: value.slice(0, MAX_BASELINE_VALUE).toWellFormed().replaceAll('\0', '\ufffd') };
      const key = `${kind} ${item.value}`;
      if (item.value !== '' && kept.size < MAX_BASELINE_ITEMS && !kept.has(key)) kept.set(key, item);
    },
    items: () => [...kept.values()],
  };
}
