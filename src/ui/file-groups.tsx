import { useState } from 'react';
import type { FileItem } from '../files/api.ts';
import { useMe } from './account.ts';
import { Button, Choice, Problem } from './controls.tsx';
import { useAction } from './gate.tsx';
import css from './kit.module.css';

export interface FileGroupsText {
  readonly title: string;
  readonly members: (count: number) => string;
  readonly waits: string;
  readonly waitsForOwner: string;
  readonly confirm: string;
  readonly remove: string;
  readonly choose: string;
  readonly nothingChosen: string;
  readonly hint: string;
  readonly add: string;
}

interface PartProps {
  readonly file: FileItem;
  readonly text: FileGroupsText;
  /** Sends a change of who may open the file. */
  readonly change: (body: object) => Promise<void>;
}

type Group = FileItem['groups'][number];

/** The groups that a file is shared with, and who joined one later and waits for the owner to confirm. */
export function FileGroups({ file, text, change }: PartProps) {
  const me = useMe();
  const shared = new Set(file.groups.map(({ groupId }) => groupId));
  const others = file.mayWiden ? (me.data?.groups ?? []).filter(({ id }) => !shared.has(id)) : [];
  if (file.groups.length + others.length === 0) return null;
  return (
    <section className={css.stack}>
      <h3>{text.title}</h3>
      {file.groups.map((group) => (
        <ShownGroup key={group.groupId} group={group} file={file} text={text} change={change} />
      ))}
      {others.length > 0 ? <AddGroup others={others} text={text} change={change} /> : null}
    </section>
  );
}

function ShownGroup({ group, file, text, change }: PartProps & { readonly group: Group }) {
  const { groupId, name, members, pending } = group;
  return (
    <ul className={css.entries}>
      <li>
        <span className={css.entryText}>
          <strong>{name}</strong>
          <span className={css.hint}>{text.members(members)}</span>
        </span>
        <Act name={text.remove} of={name} act={() => change({ removeGroups: [groupId] })} />
      </li>
      {pending.map(({ personId, displayName }) => (
        <li key={personId}>
          <span className={css.entryText}>
            <strong>{displayName}</strong>
            <span className={css.hint}>{file.mayWiden ? text.waits : text.waitsForOwner}</span>
          </span>
          {file.mayWiden ? (
            <Act name={text.confirm} of={displayName} act={() => change({ confirm: [{ groupId, personId }] })} />
          ) : null}
        </li>
      ))}
    </ul>
  );
}

interface ActProps {
  readonly name: string;
  readonly of: string;
  readonly act: () => Promise<void>;
}

function Act({ name, of, act }: ActProps) {
  const { run, busy, error } = useAction(act);
  return (
    <>
      <Problem error={error} />
      <Button kind="quiet" label={`${name}: ${of}`} busy={busy} onPress={run}>
        {name}
      </Button>
    </>
  );
}

interface AddGroupProps extends Omit<PartProps, 'file'> {
  readonly others: readonly { readonly id: string; readonly name: string }[];
}

function AddGroup({ others, text, change }: AddGroupProps) {
  const [chosen, setChosen] = useState('');
  const { run, busy, error } = useAction(async () => {
    await change({ addGroups: [chosen] });
    setChosen('');
  });
  return (
    <form
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Choice
        label={text.choose}
        value={chosen}
        onChange={setChosen}
        options={[['', text.nothingChosen], ...others.map(({ id, name }) => [id, name] as const)]}
      />
      <p className={css.hint}>{text.hint}</p>
      <Problem error={error} />
      <div>
        <Button submit busy={busy} disabled={chosen === ''}>
          {text.add}
        </Button>
      </div>
    </form>
  );
}
