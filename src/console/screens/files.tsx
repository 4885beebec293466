import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { FileDetail, FileItem, FileList } from '../../files/api.ts';
import {
  age,
  api,
  Button,
  bytes,
  cx,
  Dialog,
  day,
  Empty,
  FileSharing,
  kit,
  Loaded,
  moment,
  State,
  words,
} from '../../ui/index.ts';
import css from '../console.module.css';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

export function Files() {
  const [openId, setOpenId] = useState<string | null>(null);
  const files = useQuery({ queryKey: ['files'], queryFn: () => api<FileList>('files?scope=all&limit=200') });
  const columns: readonly Column<FileItem>[] = [
    {
      title: text.files.columns.title,
      cell: ({ id, title, sizeBytes }) => (
        <>
          <Button kind="quiet" onPress={() => setOpenId(id)}>
            {title}
          </Button>
          <div className={css.small}>{bytes(sizeBytes)}</div>
        </>
      ),
    },
    { title: text.files.columns.owner, cell: ({ owner }) => owner.displayName },
    {
      title: text.files.columns.recipients,
      cell: ({ recipients, groups }) =>
        text.files.mayOpen([...recipients.map(({ displayName }) => displayName), ...groups.map(({ name }) => name)]),
    },
    { title: text.files.columns.state, cell: (file) => <Standing file={file} /> },
    { title: text.files.columns.created, cell: ({ createdAtMs }) => age(createdAtMs), brief: true },
  ];
  return (
    <div className={css.page}>
      <h1>{text.files.title}</h1>
      <Labelled onOpen={setOpenId} />
      <Loaded query={files}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={text.files.empty} text={text.files.emptyText} />
          ) : (
            <Table label={text.files.title} rows={items} columns={columns} rowKey={({ id }) => id} linked />
          )
        }
      </Loaded>
      {openId === null ? null : <Detail id={openId} onClose={() => setOpenId(null)} />}
    </div>
  );
}

/** Files of an earlier version whose labels nothing judges; none of a later one has any. */
function Labelled({ onOpen }: { readonly onOpen: (id: string) => void }) {
  const files = useQuery({
    queryKey: ['files', 'labelled'],
    queryFn: () => api<FileList>('files?scope=all&labelled=true&limit=200'),
  });
  const items = (files.data?.items ?? []).filter(({ revokedAtMs }) => revokedAtMs === null);
  if (items.length === 0) return null;
  return (
    <section className={kit.secret}>
      <h2>{text.files.labelled(items.length)}</h2>
      <p>{text.files.labelledText}</p>
      <ul className={css.rows}>
        {items.map(({ id, title, owner }) => (
          <li key={id}>
            <Button kind="quiet" onPress={() => onOpen(id)}>
              {title}
            </Button>
            <span className={css.small}>{owner.displayName}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Standing({ file }: { readonly file: FileItem }) {
  if (file.deletedAtMs !== null) return <State kind="unknown">{text.files.deleted}</State>;
  if (file.revokedAtMs !== null) return <State kind="blocked">{text.files.revoked}</State>;
  if (file.labels.length > 0) return <State kind="attention">{text.files.ownerOnly}</State>;
  if (file.expiresAtMs === null) return <State kind="fine">{text.files.active}</State>;
  if (file.expiresAtMs < Date.now()) return <State kind="blocked">{text.files.expired}</State>;
  return <State kind="attention">{text.files.until(day(file.expiresAtMs))}</State>;
}

function Detail({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const detail = useQuery({ queryKey: ['file', id], queryFn: () => api<FileDetail>(`files/${id}`) });
  return (
    <Dialog title={detail.data?.file.title ?? text.files.title} open onClose={onClose}>
      <Loaded query={detail}>
        {({ file, openings }) => (
          <div className={kit.stack}>
            <p className={css.lead}>
              {file.owner.displayName} · {bytes(file.sizeBytes)} · {text.files.grades[file.view]}
            </p>
            <div>
              <Standing file={file} />
            </div>
            <h3>{text.files.openings}</h3>
            {openings.length === 0 ? <p className={css.lead}>{text.files.noOpenings}</p> : null}
            <ul className={css.rows}>
              {openings.slice(0, 50).map((opening) => (
                <li key={opening.id}>
                  <span>
                    {opening.person?.displayName ?? text.device.nobody}
                    <br />
                    <span className={css.small}>{moment(opening.atMs)}</span>
                  </span>
                  <State kind={opening.outcome === 'opened' ? 'fine' : 'blocked'}>
                    {text.files[opening.outcome]}
                    {opening.reasons.length > 0 ? `: ${opening.reasons.map(words).join(', ').toLowerCase()}` : ''}
                  </State>
                </li>
              ))}
            </ul>
            {file.deletedAtMs === null && file.mayManage ? <FileSharing file={file} text={text.sharing} /> : null}
          </div>
        )}
      </Loaded>
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={onClose}>{text.close}</Button>
      </div>
    </Dialog>
  );
}
