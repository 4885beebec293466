import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FileItem } from '../files/api.ts';
import { Button, Field, Problem } from './controls.tsx';
import { api } from './fetcher.ts';
import { FileGroups, type FileGroupsText } from './file-groups.tsx';
import { bytes, day } from './format.ts';
import { useAction } from './gate.tsx';
import css from './kit.module.css';

interface SharingText {
  /** Why nobody but the owner can open a file with a label, and what to do. */
  readonly labelled: string;
  readonly recipients: string;
  readonly noRecipients: string;
  readonly remove: string;
  /** Says by whose word a recipient may open, where it is not the owner's; the name is null of who has left. */
  readonly addedBy: { readonly [kind in 'token' | 'person' | 'request']: (name: string | null) => string };
  /** Why there is nothing to add here, for administrators. */
  readonly ownerAdds: string;
  readonly add: string;
  readonly addHint: string;
  readonly addAction: string;
  readonly groups: FileGroupsText;
  readonly until: string;
  readonly untilHint: string;
  readonly untilHintEarlier: string;
  readonly setUntil: string;
  readonly revokeText: string;
  readonly revoke: string;
  readonly deleteText: (size: string) => string;
  readonly delete: string;
  readonly deleteSure: string;
}

/**
 * Who may open a file and until when: its owner gives and takes, administrators only take. What is withdrawn stays so, and can be deleted.
 */
export function FileSharing({ file, text }: { readonly file: FileItem; readonly text: SharingText }) {
  const change = useChange(file);
  if (file.revokedAtMs !== null) return <Delete file={file} text={text} />;
  return (
    <div className={css.stack}>
      {file.labels.length === 0 ? null : (
        <div className={css.secret}>
          <p>{text.labelled}</p>
          {file.labels.map((label) => (
            <code key={label} className={css.mono}>
              {label}
            </code>
          ))}
        </div>
      )}
      <Recipients file={file} text={text} />
      <FileGroups file={file} text={text.groups} change={(body) => change('recipients', body)} />
      <Until file={file} text={text} />
      <Revoke file={file} text={text} />
    </div>
  );
}

interface PartProps {
  readonly file: FileItem;
  readonly text: SharingText;
}

/** Sends a change of a file and asks again for what is on the screen. */
function useChange(file: FileItem): (path: string, body: object) => Promise<void> {
  const queries = useQueryClient();
  return async (path, body) => {
    await api(`files/${file.id}/${path}`, { body });
    await queries.invalidateQueries();
  };
}

function Recipients({ file, text }: PartProps) {
  return (
    <section className={css.stack}>
      <h3>{text.recipients}</h3>
      {file.recipients.length === 0 ? <p className={css.hint}>{text.noRecipients}</p> : null}
      <ul className={css.entries}>
        {file.recipients.map((person) => (
          <li key={person.personId}>
            <span className={css.entryText}>
              <strong>{person.displayName}</strong>
              <span className={css.hint}>{person.email}</span>
              <AddedBy person={person} text={text} />
            </span>
            <RemoveRecipient file={file} text={text} person={person} />
          </li>
        ))}
      </ul>
      {file.mayWiden ? <Add file={file} text={text} /> : <p className={css.hint}>{text.ownerAdds}</p>}
    </section>
  );
}

function AddedBy({ person, text }: { readonly person: FileItem['recipients'][number]; readonly text: SharingText }) {
  const { addedBy } = person;
  if (addedBy === null || addedBy.kind === 'owner') return null;
  const said = text.addedBy[addedBy.kind](addedBy.person?.displayName ?? null);
  return (
    <span className={css.hint}>
      {said} · {day(person.addedAtMs)}
    </span>
  );
}

function Add({ file, text }: PartProps) {
  const [emails, setEmails] = useState('');
  const change = useChange(file);
  const { run, busy, error } = useAction(async () => {
    await change('recipients', { add: emails.split(/[\s,;]+/).filter((address) => address !== '') });
    setEmails('');
  });
  return (
    <form
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Field label={text.add} hint={text.addHint} value={emails} onChange={setEmails} required />
      <Problem error={error} />
      <div>
        <Button submit busy={busy}>
          {text.addAction}
        </Button>
      </div>
    </form>
  );
}

function RemoveRecipient({ file, text, person }: PartProps & { readonly person: FileItem['recipients'][number] }) {
  const change = useChange(file);
  const { run, busy, error } = useAction(() => change('recipients', { remove: [person.personId] }));
  return (
    <>
      <Problem error={error} />
      <Button kind="quiet" label={`${text.remove}: ${person.displayName}`} busy={busy} onPress={run}>
        {text.remove}
      </Button>
    </>
  );
}

function Until({ file, text }: PartProps) {
  const now = file.expiresAtMs === null ? '' : dateOf(file.expiresAtMs);
  const [edited, setEdited] = useState<string | null>(null);
  const until = edited ?? now;
  const change = useChange(file);
  const { run, busy, error } = useAction(async () => {
    await change('expiry', { expiresAtMs: until === '' ? null : Date.parse(`${until}T23:59:59`) });
    setEdited(null);
  });
  return (
    <form
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Field
        label={text.until}
        hint={file.mayWiden ? text.untilHint : text.untilHintEarlier}
        type="date"
        value={until}
        onChange={setEdited}
      />
      <Problem error={error} />
      <div>
        <Button submit busy={busy}>
          {text.setUntil}
        </Button>
      </div>
    </form>
  );
}

/** The day in the reader's zone, as a date field holds it. */
function dateOf(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function Revoke({ file, text }: PartProps) {
  const change = useChange(file);
  const { run, busy, error } = useAction(() => change('revoke', {}));
  return (
    <div className={css.secret}>
      <p>{text.revokeText}</p>
      <Problem error={error} />
      <div>
        <Button kind="danger" onPress={run} busy={busy}>
          {text.revoke}
        </Button>
      </div>
    </div>
  );
}

/** Asked twice: no way leads back. */
function Delete({ file, text }: PartProps) {
  const queries = useQueryClient();
  const [sure, setSure] = useState(false);
  const { run, busy, error } = useAction(async () => {
    await api<FileItem>(`files/${file.id}`, { method: 'DELETE' });
    await queries.invalidateQueries();
  });
  return (
    <div className={css.secret}>
      <p>{text.deleteText(bytes(file.protectedBytes))}</p>
      <Problem error={error} />
      <div>
        <Button kind={sure ? 'danger' : 'quiet'} onPress={sure ? run : () => setSure(true)} busy={busy}>
          {sure ? text.deleteSure : text.delete}
        </Button>
      </div>
    </div>
  );
}
