import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Rules as RuleSet, RulesReply } from '../access/api.ts';
import { api, Button, Checks, cx, Field, Loaded, Problem, State, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const say = text.settings.ruleForm;

/** The rules of the decision: what each does, and for owners the form that changes them. */
export function Rules() {
  const rules = useQuery({ queryKey: ['rules'], queryFn: () => api<RulesReply>('access/rules') });
  return (
    <section className={css.section}>
      <h2>{text.settings.rules}</h2>
      <Loaded query={rules}>{(reply) => <RulesForm key={reply.version} reply={reply} />}</Loaded>
    </section>
  );
}

function RulesForm({ reply: { version, rules } }: { readonly reply: RulesReply }) {
  const me = useMe();
  const [draft, setDraft] = useState(() => draftOf(rules));
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api<RulesReply>('access/rules', { method: 'PUT', body: rulesOf(draft, rules) });
    await queries.invalidateQueries();
  });
  const set = (name: keyof typeof say.fields) => (value: string) => setDraft({ ...draft, [name]: value });
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(rules));
  return (
    <form
      className={cx(css.section, css.narrow)}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <p className={css.lead}>{text.settings.rulesText(version)}</p>
      {FIELDS.map((name) => (
        <Field
          key={name}
          type="number"
          label={say.fields[name][0]}
          hint={say.fields[name][1]}
          value={draft[name]}
          onChange={set(name)}
        />
      ))}
      <Checks
        legend={say.required}
        options={[
          { id: 'training', label: say.training },
          { id: 'agreement', label: say.agreement },
        ]}
        chosen={draft.required}
        onChange={(required) => setDraft({ ...draft, required })}
      />
      <Problem error={error} />
      {me.data?.role === 'owner' ? (
        <>
          <div>{changed ? <State kind="attention">{say.warning}</State> : null}</div>
          <div>
            <Button submit busy={busy} disabled={!changed}>
              {say.save}
            </Button>
          </div>
        </>
      ) : (
        <p className={css.small}>{say.ownersOnly}</p>
      )}
    </form>
  );
}

const FIELDS = ['factDays', 'silenceDays', 'checkDays', 'osHours', 'passcodeHours', 'encryptionHours'] as const;
type Draft = Record<(typeof FIELDS)[number], string> & { readonly required: readonly string[] };

function draftOf({
  maxFactAgeMs,
  maxSilenceMs,
  maxCheckAgeMs,
  graceMs,
  requireTraining,
  requireAgreement,
}: RuleSet): Draft {
  return {
    factDays: String(maxFactAgeMs / DAY_MS),
    silenceDays: String(maxSilenceMs / DAY_MS),
    checkDays: maxCheckAgeMs === null ? '' : String(maxCheckAgeMs / DAY_MS),
    osHours: String(graceMs.osVersion / HOUR_MS),
    passcodeHours: String(graceMs.passcode / HOUR_MS),
    encryptionHours: String(graceMs.encryption / HOUR_MS),
    required: [...(requireTraining ? ['training'] : []), ...(requireAgreement ? ['agreement'] : [])],
  };
}

/** An emptied field keeps what holds, but for the check: there nothing means that none is asked for. */
function rulesOf(draft: Draft, now: RuleSet): RuleSet {
  const ms = (value: string, unitMs: number, kept: number): number =>
    value === '' ? kept : Math.round(Number(value) * unitMs);
  return {
    maxFactAgeMs: ms(draft.factDays, DAY_MS, now.maxFactAgeMs),
    maxSilenceMs: ms(draft.silenceDays, DAY_MS, now.maxSilenceMs),
    maxCheckAgeMs: draft.checkDays === '' ? null : ms(draft.checkDays, DAY_MS, DAY_MS),
    graceMs: {
      osVersion: ms(draft.osHours, HOUR_MS, now.graceMs.osVersion),
      passcode: ms(draft.passcodeHours, HOUR_MS, now.graceMs.passcode),
      encryption: ms(draft.encryptionHours, HOUR_MS, now.graceMs.encryption),
    },
    requireTraining: draft.required.includes('training'),
    requireAgreement: draft.required.includes('agreement'),
  };
}
