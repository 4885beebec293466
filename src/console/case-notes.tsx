import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CaseDetail } from '../findings/api.ts';
import { api, Button, Choice, Field, kit, moment, Problem, useAction } from '../ui/index.ts';
import css from './console.module.css';
import { caseText } from './text-cases.ts';

interface CasePartProps {
  readonly detail: CaseDetail;
  readonly mayWork: boolean;
  readonly name: (personId: string | null) => string;
}

/** Notes of a case, oldest first, and one to add. */
export function CaseNotes({ detail, mayWork, name }: CasePartProps) {
  const { case: item, notes, checks } = detail;
  const whenOf = (id: string): string => moment(checks.find((check) => check.id === id)?.checkedAtMs ?? null);
  return (
    <section className={css.section}>
      <h2>{caseText.notes}</h2>
      {notes.length === 0 ? <p className={css.lead}>{caseText.noNotes}</p> : null}
      <ol>
        {notes.map(({ id, writtenBy, writtenAtMs, text, checkId, packSha256 }) => (
          <li key={id} className={css.note}>
            <p>{text}</p>
            {checkId === null ? null : <p className={css.small}>{caseText.noteAbout(whenOf(checkId))}</p>}
            {packSha256 === null ? null : <p className={css.small}>{caseText.notePack(packSha256)}</p>}
            <p className={css.small}>
              {name(writtenBy)}, {moment(writtenAtMs)}
            </p>
          </li>
        ))}
      </ol>
      {mayWork ? <AddNote id={item.id} checks={checks} /> : null}
    </section>
  );
}

function AddNote({ id, checks }: { readonly id: string; readonly checks: CaseDetail['checks'] }) {
  const [text, setText] = useState('');
  const [checkId, setCheckId] = useState('');
  const [pack, setPack] = useState('');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    const packSha256 = pack.trim().toLowerCase();
    const body = { text, ...(checkId === '' ? {} : { checkId }), ...(packSha256 === '' ? {} : { packSha256 }) };
    await api(`cases/${id}/notes`, { body });
    setText('');
    setCheckId('');
    setPack('');
    await queries.invalidateQueries();
  });
  return (
    <form
      className={kit.stack}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Field label={caseText.note} value={text} onChange={setText} lines />
      <Choice
        label={caseText.noteCheck}
        value={checkId}
        onChange={setCheckId}
        options={[['', caseText.noCheck], ...checks.map((check) => [check.id, moment(check.checkedAtMs)] as const)]}
      />
      <Field label={caseText.pack} hint={caseText.packHint} value={pack} onChange={setPack} />
      <Problem error={error} />
      <div>
        <Button submit busy={busy} disabled={text.trim() === ''}>
          {caseText.addNote}
        </Button>
      </div>
    </form>
  );
}
