import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { GroupItem, GroupList, PersonDetail } from '../people/api.ts';
import type { PolicyReply } from '../policies/api.ts';
import { api, Button, Checks, cx, Dialog, Field, kit, Loaded, Problem, useAction } from '../ui/index.ts';
import { isLoss, LEAVE, usePolicyChange } from './confirm-change.tsx';
import css from './console.module.css';
import { text } from './text.ts';

const EVERYONE = 'everyone';

/** All groups with their sizes. */
export function useGroups() {
  return useQuery({ queryKey: ['groups'], queryFn: () => api<GroupList>('groups') });
}

/** To whom a policy applies: everyone, or the people of some groups. */
export function Assignment({ policy }: { readonly policy: PolicyReply }) {
  const groups = useGroups();
  return (
    <Loaded query={groups}>
      {({ items }) => <Assign key={JSON.stringify(policy.assignment)} policy={policy} groups={items} />}
    </Loaded>
  );
}

function Assign({ policy, groups }: { readonly policy: PolicyReply; readonly groups: readonly GroupItem[] }) {
  const queries = useQueryClient();
  const { assignment } = policy;
  const before = [...(assignment.everyone ? [EVERYONE] : []), ...assignment.groups];
  const [chosen, setChosen] = useState<readonly string[]>(before);
  const wanted = { everyone: chosen.includes(EVERYONE), groups: chosen.filter((id) => id !== EVERYONE) };
  const draft = { policyId: policy.id, assignment: wanted };
  const { run, busy, error, question } = usePolicyChange(draft, async (confirmed) => {
    const body = { ...wanted, ...confirmed };
    await api(`policies/${policy.id}/assignment`, { method: 'PUT', body });
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
      <Checks
        legend={text.policies.appliesTo}
        options={[
          { id: EVERYONE, label: text.policies.everybody },
          ...groups.map(({ id, name, memberCount }) => ({ id, label: text.groups.withCount(name, memberCount) })),
        ]}
        chosen={chosen}
        onChange={setChosen}
      />
      {chosen.length === 0 ? <p className={css.lead}>{text.policies.unassign}</p> : null}
      {groups.length === 0 ? <p className={css.small}>{text.policies.noGroups}</p> : null}
      <Problem error={error} />
      {question}
      <div>
        <Button submit busy={busy} disabled={same(before, chosen)}>
          {text.policies.assign}
        </Button>
      </div>
    </form>
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

/** The groups of a person; a group that is missing is made in place. */
export function PersonGroups({ person }: { readonly person: PersonDetail }) {
  const queries = useQueryClient();
  const groups = useGroups();
  const [wanted, setWanted] = useState<readonly string[] | null>(null);
  const [loss, setLoss] = useState<Loss | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const before = person.groups.map(({ id }) => id);
  const move = async (groupId: string, method: 'PUT' | 'DELETE'): Promise<void> => {
    await api(`groups/${groupId}/members/${person.id}`, { method });
  };
  const change = async (after: readonly string[]): Promise<void> => {
    setWanted(after);
    setProblem(null);
    try {
      for (const id of after) if (!before.includes(id)) await move(id, 'PUT');
      for (const id of before) if (!after.includes(id)) await move(id, 'DELETE');
    } catch (error) {
      const lost = before.find((id) => !after.includes(id));
      if (lost !== undefined && isLoss(error))
        setLoss({ url: `groups/${lost}/members/${person.id}`, why: error.message });
      else setProblem(error);
    }
    await queries.invalidateQueries();
    setWanted(null);
  };
  return (
    <section className={css.section}>
      <h2>{text.groups.title}</h2>
      <Loaded query={groups}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={css.lead}>{text.groups.none}</p>
          ) : (
            <Checks
              legend={text.groups.belongs}
              options={items.map((group) => ({ id: group.id, label: group.name }))}
              chosen={wanted ?? before}
              disabled={wanted !== null}
              onChange={(after) => void change(after)}
            />
          )
        }
      </Loaded>
      <Problem error={problem} />
      <Dialog title={text.policies.takesAway} open={loss !== null} onClose={() => setLoss(null)}>
        {loss === null ? null : <Leave loss={loss} onClose={() => setLoss(null)} />}
      </Dialog>
      <MakeGroup onMade={({ id }) => move(id, 'PUT')} />
    </section>
  );
}

/** A person's way out of a group that the server wants to have confirmed. */
interface Loss {
  readonly url: string;
  readonly why: string;
}

function Leave({ loss, onClose }: { readonly loss: Loss; readonly onClose: () => void }) {
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(`${loss.url}${LEAVE}`, { method: 'DELETE' });
    await queries.invalidateQueries();
    onClose();
  });
  return (
    <>
      <p role="alert">{loss.why}</p>
      <Problem error={error} />
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={onClose}>{text.cancel}</Button>
        <Button kind="danger" onPress={run} busy={busy}>
          {text.policies.takeAway}
        </Button>
      </div>
    </>
  );
}

/** A field for the name of a new group; `onMade` is waited for before the page is asked for anew. */
export function MakeGroup({ onMade }: { readonly onMade?: (group: GroupItem) => Promise<void> }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const { run, busy, error } = useAction(async () => {
    const made = await api<GroupItem>('groups', { body: { name: name.trim() } });
    setName('');
    await onMade?.(made);
    await queries.invalidateQueries();
  });
  return (
    <>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Field label={text.groups.name} value={name} onChange={setName} required />
        <Button submit busy={busy}>
          {text.groups.make}
        </Button>
      </form>
      <Problem error={error} />
    </>
  );
}
