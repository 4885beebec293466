import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ControlsReply, PoliciesReply, PolicyView } from '../../policies/api.ts';
import { age, api, Button, Empty, Loaded, Problem, useAction } from '../../ui/index.ts';
import css from '../console.module.css';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

const COLUMNS: readonly Column<PolicyView>[] = [
  {
    title: text.policies.columns.name,
    cell: ({ id, name, description }) => (
      <>
        <Link to="/policies/$id" params={{ id }} className={css.rowLink}>
          {name}
        </Link>
        <div className={css.small}>{description}</div>
      </>
    ),
  },
  { title: text.policies.columns.controls, cell: ({ settings }) => Object.keys(settings).length, number: true },
  {
    title: text.policies.columns.assigned,
    cell: ({ assignment: { everyone, groups } }) =>
      everyone
        ? text.policies.everyone
        : groups.length === 0
          ? text.policies.nobody
          : text.policies.groups(groups.length),
  },
  { title: text.policies.columns.version, cell: ({ version }) => version, number: true },
  { title: text.policies.columns.updated, cell: ({ updatedAtMs }) => age(updatedAtMs) },
];

export function Policies() {
  const policies = useQuery({ queryKey: ['policies'], queryFn: () => api<PoliciesReply>('policies') });
  const controls = useQuery({ queryKey: ['controls'], queryFn: () => api<ControlsReply>('controls') });
  return (
    <div className={css.page}>
      <h1>{text.policies.title}</h1>
      <p className={css.lead}>{text.policies.combine}</p>
      <Loaded query={policies}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={text.policies.empty} text={text.policies.emptyText} />
          ) : (
            <Table label={text.policies.title} rows={items} columns={COLUMNS} rowKey={({ id }) => id} linked />
          )
        }
      </Loaded>
      <section className={css.section}>
        <h2>{text.policies.fromBaseline}</h2>
        <Loaded query={controls}>
          {({ baselines }) => (
            <ul className={css.rows}>
              {baselines.map((baseline) => (
                <li key={baseline.id}>
                  <div>
                    <h3>{baseline.name}</h3>
                    <p className={css.lead}>{baseline.description}</p>
                  </div>
                  <FromBaseline baseline={baseline} />
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </section>
    </div>
  );
}

function FromBaseline({ baseline }: { readonly baseline: ControlsReply['baselines'][number] }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { name, description, settings } = baseline;
  const { run, busy, error } = useAction(async () => {
    const id = crypto.randomUUID();
    await api(`policies/${id}`, { method: 'PUT', body: { name, description, settings } });
    await queries.invalidateQueries({ queryKey: ['policies'] });
    await navigate({ to: '/policies/$id', params: { id } });
  });
  return (
    <>
      <Problem error={error} />
      <Button onPress={run} busy={busy} label={`${text.policies.fromBaseline}: ${name}`}>
        {text.policies.fromBaseline}
      </Button>
    </>
  );
}
