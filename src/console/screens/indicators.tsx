import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type {
  AddIndicatorsReply,
  IndicatorDiff,
  IndicatorSet,
  IndicatorSetList,
  IndicatorVersion,
} from '../../hunt/api.ts';
import {
  api,
  Button,
  cx,
  Dialog,
  Empty,
  Field,
  kit,
  Loaded,
  moment,
  Problem,
  State,
  useAction,
  useMe,
} from '../../ui/index.ts';
import css from '../console.module.css';
import { FindingSections } from '../finding-sections.tsx';
import { type Column, Table } from '../table.tsx';
import { indicatorText as text } from '../text-cases.ts';

export function Indicators() {
  const list = useQuery({ queryKey: ['indicators'], queryFn: () => api<IndicatorSetList>('indicators') });
  const role = useMe().data?.role;
  const mayKeep = role === 'owner' || role === 'investigator';
  return (
    <div className={css.page}>
      <h1>{text.title}</h1>
      <FindingSections />
      <p className={css.lead}>{text.lead}</p>
      <Loaded query={list}>
        {({ items, phones }) => (
          <>
            <p className={css.lead}>{phones === 0 ? text.noPhones : text.phones(phones)}</p>
            {items.length === 0 ? <Empty title={text.empty} text={text.emptyText} /> : null}
            {items.map((set) => (
              <IndicatorSetPart key={set.id} set={set} mayKeep={mayKeep} />
            ))}
          </>
        )}
      </Loaded>
      {mayKeep ? <Add /> : null}
    </div>
  );
}

function IndicatorSetPart({ set, mayKeep }: { readonly set: IndicatorSet; readonly mayKeep: boolean }) {
  const [shown, setShown] = useState<number | null>(null);
  const [removing, setRemoving] = useState(false);
  const columns: readonly Column<IndicatorVersion>[] = [
    { title: text.columns.version, cell: ({ version }) => version },
    {
      title: text.columns.file,
      cell: ({ fileName, unsupportedCount }) => (
        <>
          {fileName}
          {unsupportedCount > 0 ? <div className={css.small}>{text.unsupported(unsupportedCount)}</div> : null}
        </>
      ),
    },
    {
      title: text.columns.change,
      cell: ({ version, added, removed }) => (
        <Button kind="quiet" onPress={() => setShown(version)}>
          {text.change(added, removed)}
        </Button>
      ),
    },
    { title: text.columns.when, cell: ({ addedAtMs }) => <span className={css.nowrap}>{moment(addedAtMs)}</span> },
    { title: text.columns.hunt, cell: ({ hunt }) => <Hunt hunt={hunt} /> },
  ];
  const current = set.versions[0]?.indicators ?? 0;
  return (
    <section className={css.section}>
      <div className={css.head}>
        <div className={kit.row}>
          <h2>{set.name}</h2>
          <span className={css.small}>
            {text.current(current, set.version)} · {set.isPrivate ? text.isPrivate : text.isPublic}
          </span>
        </div>
        {mayKeep ? <Button onPress={() => setRemoving(true)}>{text.remove}</Button> : null}
      </div>
      <Table
        label={`${set.name}: ${text.versions}`}
        rows={set.versions}
        columns={columns}
        rowKey={({ version }) => String(version)}
      />
      {shown === null ? null : <Diff set={set} version={shown} onClose={() => setShown(null)} />}
      {removing ? <RemoveSet set={set} onClose={() => setRemoving(false)} /> : null}
    </section>
  );
}

function Hunt({ hunt }: { readonly hunt: IndicatorVersion['hunt'] }) {
  if (hunt.endedAtMs === null) return <State kind="waiting">{text.running}</State>;
  return (
    <>
      <State kind={hunt.found > 0 ? 'attention' : 'unknown'}>{text.hunted(hunt.found, hunt.devices)}</State>
      {hunt.common.length > 0 ? <div className={css.small}>{text.common(hunt.common.join(', '))}</div> : null}
    </>
  );
}

interface DiffProps {
  readonly set: IndicatorSet;
  readonly version: number;
  readonly onClose: () => void;
}

function Diff({ set, version, onClose }: DiffProps) {
  const diff = useQuery({
    queryKey: ['indicators', set.id, version],
    queryFn: () => api<IndicatorDiff>(`indicators/${set.id}/diff?from=${version - 1}&to=${version}`),
  });
  return (
    <Dialog title={text.diffTitle(version - 1, version)} open onClose={onClose}>
      <Loaded query={diff}>
        {(data) => (
          <>
            <DiffSide title={text.came(data.addedCount)} rows={data.added} count={data.addedCount} />
            <DiffSide title={text.went(data.removedCount)} rows={data.removed} count={data.removedCount} />
          </>
        )}
      </Loaded>
    </Dialog>
  );
}

interface DiffSideProps {
  readonly title: string;
  readonly rows: IndicatorDiff['added'];
  readonly count: number;
}

function DiffSide({ title, rows, count }: DiffSideProps) {
  return (
    <section className={css.section}>
      <h3>{title}</h3>
      {count === 0 ? <p>{text.noChange}</p> : null}
      <ul className={css.rows}>
        {rows.map(({ type, value, collection }) => (
          <li key={`${type} ${value} ${collection}`}>
            <span className={kit.mono}>{value}</span>
            <span className={css.small}>
              {type} · {collection}
            </span>
          </li>
        ))}
      </ul>
      {count > rows.length ? <p className={css.small}>{text.more(count - rows.length)}</p> : null}
    </section>
  );
}

function RemoveSet({ set, onClose }: { readonly set: IndicatorSet; readonly onClose: () => void }) {
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(`indicators/${set.id}`, { method: 'DELETE' });
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <Dialog title={text.removeTitle(set.name)} open onClose={onClose}>
      <p>{text.removeText}</p>
      <Problem error={error} />
      <div className={kit.row}>
        <Button kind="danger" onPress={run} busy={busy}>
          {text.remove}
        </Button>
        <Button onPress={onClose}>{text.cancel}</Button>
      </div>
    </Dialog>
  );
}

function Add() {
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState('');
  const [isPrivate, setIsPrivate] = useState(false);
  const [said, setSaid] = useState('');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    if (file === null) return;
    const query = new URLSearchParams({ name: name.trim(), file: file.name, private: String(isPrivate) });
    setSaid('');
    const { set, isNew } = await api<AddIndicatorsReply>(`indicators?${query}`, { method: 'POST', body: file });
    setSaid(isNew ? text.added(set.name, set.version) : text.same(set.name));
    await queries.invalidateQueries();
  });
  return (
    <section className={css.section}>
      <h2>{text.add}</h2>
      <form
        className={cx(kit.stack, css.narrow)}
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <label className={kit.field}>
          <span className={kit.label}>{text.file}</span>
          <input
            className={kit.input}
            type="file"
            required
            onChange={(event) => {
              const next = event.target.files?.[0] ?? null;
              setFile(next);
              if (name === '' && next !== null) setName(next.name.replace(/\.[^.]*$/, '').slice(0, 100));
            }}
          />
          <span className={kit.hint}>{text.fileHint}</span>
        </label>
        <Field label={text.name} hint={text.nameHint} value={name} onChange={setName} required />
        <label className={kit.tick}>
          <input type="checkbox" checked={isPrivate} onChange={(event) => setIsPrivate(event.target.checked)} />
          <span>{text.private}</span>
        </label>
        <Problem error={error} />
        <p role="status">{said}</p>
        <div>
          <Button kind="primary" submit busy={busy} disabled={file === null || name.trim() === ''}>
            {text.send}
          </Button>
        </div>
      </form>
    </section>
  );
}
