import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { ChevronRight, FileLock2, Plus, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import type { FileDetail, FileItem, FileList } from '../../files/api.ts';
import type { ViewGrade } from '../../formats/tdf/index.ts';
import {
  api,
  Button,
  bytes,
  Choice,
  cx,
  Dialog,
  day,
  Empty,
  Field,
  FileSharing,
  kit,
  Loaded,
  MyRequest,
  mayStop,
  Problem,
  State,
  Tabs,
  useAction,
  useMe,
  useMyRequests,
} from '../../ui/index.ts';
import { answerAsHer } from '../by-phone.ts';
import { protectAndSend } from '../protect-file.ts';
import { text } from '../text.ts';
import css from '../workspace.module.css';

export function Files() {
  const [adding, setAdding] = useState(false);
  const { share }: { share?: string } = useSearch({ from: '/shell/files' });
  const [shown, setShown] = useState(share === undefined ? 'shared' : 'mine');
  const [sent, setSent] = useState<string | null>(null);
  const open = (next: boolean): void => {
    setAdding(next);
    setSent(null);
  };
  return (
    <div className={css.page}>
      <div className={css.spread}>
        <h1>{text.files.title}</h1>
        <Button kind="primary" onPress={() => open(!adding)}>
          <Plus size={18} aria-hidden="true" />
          {text.files.add}
        </Button>
      </div>
      {adding ? (
        <Protect
          onCancel={() => open(false)}
          onSent={(title) => {
            setAdding(false);
            setSent(title);
            setShown('mine');
          }}
        />
      ) : null}
      <div role="status">{sent === null ? null : <State kind="fine">{text.files.sent(sent)}</State>}</div>
      <Tabs
        label={text.files.title}
        shown={shown}
        onShow={setShown}
        tabs={[
          {
            id: 'shared',
            title: text.files.toMe,
            body: () => <List scope="shared" empty={[text.files.emptyToMe, text.files.emptyToMeText]} />,
          },
          {
            id: 'mine',
            title: text.files.mine,
            body: () => <List scope="mine" empty={[text.files.emptyMine, text.files.emptyMineText]} />,
          },
        ]}
      />
      {share === undefined ? null : <Shared id={share} />}
    </div>
  );
}

/** Who may open a file, who asks to, and by whose word. */
function Shared({ id }: { readonly id: string }) {
  const navigate = useNavigate();
  const detail = useQuery({ queryKey: ['file', id], queryFn: () => api<FileDetail>(`files/${id}`) });
  const asked = useMyRequests().filter((request) => mayStop(request) && request.about.id === id);
  const close = (): void => void navigate({ to: '/files', search: {} });
  // Whose content is deleted is in no list any more, and there is nothing left to say of it.
  if (typeof detail.data?.file.deletedAtMs === 'number') return <Navigate to="/files" search={{}} />;
  return (
    <Dialog title={detail.data?.file.title ?? text.files.title} open onClose={close}>
      {asked.length === 0 ? null : (
        <ul className={kit.notices}>
          {asked.map((request) => (
            <MyRequest key={request.id} item={request} answer={answerAsHer} />
          ))}
        </ul>
      )}
      <Loaded query={detail}>
        {({ file }) =>
          file.mayManage ? <FileSharing file={file} text={text.sharing} /> : <p>{text.files.notYours}</p>
        }
      </Loaded>
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={close}>{text.close}</Button>
      </div>
    </Dialog>
  );
}

function List({ scope, empty }: { readonly scope: 'shared' | 'mine'; readonly empty: readonly [string, string] }) {
  const files = useQuery({
    queryKey: ['files', scope],
    queryFn: () => api<FileList>(`files?scope=${scope}&limit=200`),
  });
  const navigate = useNavigate();
  const asked = useMyRequests().filter(mayStop);
  return (
    <Loaded query={files}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={empty[0]} text={empty[1]} />
        ) : (
          <ul className={css.list}>
            {items.map((file) => (
              <li key={file.id} className={css.managed}>
                <Row file={file} asked={asked.some(({ about }) => about.id === file.id)} />
                {file.mayManage ? (
                  <Manage file={file} onPress={() => void navigate({ to: '/files', search: { share: file.id } })} />
                ) : null}
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Manage({ file, onPress }: { readonly file: FileItem; readonly onPress: () => void }) {
  const over = file.revokedAtMs !== null;
  const Icon = over ? Trash2 : Users;
  return (
    <Button kind="quiet" label={(over ? text.files.deleteOf : text.files.shareOf)(file.title)} onPress={onPress}>
      <Icon size={18} aria-hidden="true" />
    </Button>
  );
}

function Row({ file, asked }: { readonly file: FileItem; readonly asked: boolean }) {
  const byOthers = file.recipients.filter(({ addedBy }) => addedBy !== null && addedBy.kind !== 'owner').length;
  return (
    <Link to="/files/$id" params={{ id: file.id }} className={cx(css.item, css.itemStated)}>
      <FileLock2 size={22} aria-hidden="true" />
      <span className={css.itemText}>
        <strong>{file.title}</strong>
        <span className={css.small}>
          {text.files.from(file.owner.displayName)} · {bytes(file.sizeBytes)} · {text.files.grades[file.view]}
          {file.mayWiden && byOthers > 0 ? ` · ${text.files.byOthers(byOthers)}` : null}
        </span>
      </span>
      <span className={css.itemState}>
        {asked ? <State kind="attention">{text.files.asked}</State> : <Standing file={file} />}
      </span>
      <ChevronRight size={18} aria-hidden="true" />
    </Link>
  );
}

function Standing({ file }: { readonly file: FileItem }) {
  const waiting = file.mayWiden ? file.groups.reduce((sum, { pending }) => sum + pending.length, 0) : 0;
  if (file.revokedAtMs !== null) return <State kind="blocked">{text.files.revoked}</State>;
  if (file.labels.length > 0) return <State kind="attention">{text.files.ownerOnly}</State>;
  if (file.expiresAtMs !== null && file.expiresAtMs < Date.now())
    return <State kind="blocked">{text.files.expired}</State>;
  if (waiting > 0) return <State kind="waiting">{text.files.waiting(waiting)}</State>;
  if (file.expiresAtMs === null) return null;
  return <State kind="attention">{text.files.until(day(file.expiresAtMs))}</State>;
}

interface ProtectProps {
  readonly onCancel: () => void;
  readonly onSent: (title: string) => void;
}

function Protect({ onCancel, onSent }: ProtectProps) {
  const [file, setFile] = useState<File | null>(null);
  const [to, setTo] = useState('');
  const [view, setView] = useState<ViewGrade>('client');
  const [until, setUntil] = useState('');
  const [fraction, setFraction] = useState<number | null>(null);
  const me = useMe();
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    if (!file || !me.data) return;
    const recipients = to.split(/[\s,;]+/).filter((address) => address !== '');
    const notAfterMs = until === '' ? undefined : Date.parse(`${until}T23:59:59`);
    await protectAndSend(file, { owner: me.data.email, recipients, view, notAfterMs }, setFraction);
    await queries.invalidateQueries({ queryKey: ['files'] });
    onSent(file.name);
  });
  const percent = Math.round((fraction ?? 0) * 100);
  return (
    <form
      className={kit.secret}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <label className={kit.field}>
        <span className={kit.label}>{text.files.choose}</span>
        <input
          className={kit.input}
          type="file"
          required
          onChange={(event) => setFile(event.target.files?.[0] ?? null)}
        />
      </label>
      <Field label={text.files.to} hint={text.files.toHint} value={to} onChange={setTo} />
      <Choice
        label={text.files.view}
        value={view}
        onChange={(next) => setView(next === 'download' ? 'download' : 'client')}
        options={[
          ['client', text.files.grades.client],
          ['download', text.files.grades.download],
        ]}
      />
      <Field label={text.files.expires} hint={text.files.expiresHint} type="date" value={until} onChange={setUntil} />
      <Problem error={error} />
      <div className={kit.row}>
        <Button kind="primary" submit busy={busy} disabled={!file}>
          {busy ? (percent < 100 ? text.files.encrypting(percent) : text.files.sending) : text.files.protect}
        </Button>
        <Button kind="quiet" onPress={onCancel}>
          {text.cancel}
        </Button>
      </div>
    </form>
  );
}
