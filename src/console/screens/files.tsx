import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { FileItem, FileList } from '../../files/api.ts';
import { age, api, Button, bytes, Empty, kit, Loaded } from '../../ui/index.ts';
import css from '../console.module.css';
import { FileDialog, FileState } from '../file-dialog.tsx';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

export function Files() {
  const { file: openId }: { file?: string } = useSearch({ from: '/shell/files' });
  const navigate = useNavigate();
  const setOpenId = (file: string | null): void =>
    void navigate({ to: '/files', search: file === null ? {} : { file } });
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
    { title: text.files.columns.state, cell: (file) => <FileState file={file} /> },
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
      {openId === undefined ? null : <FileDialog id={openId} onClose={() => setOpenId(null)} />}
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
