import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { FileDetail, FileItem } from '../files/api.ts';
import {
  api,
  Button,
  bytes,
  cx,
  Dialog,
  day,
  FileSharing,
  kit,
  Loaded,
  moment,
  State,
  useMe,
  words,
} from '../ui/index.ts';
import { AskTwoPeople } from './ask-two-people.tsx';
import css from './console.module.css';
import { RequestsAbout } from './requests-about.tsx';
import { text } from './text.ts';

const say = text.requests.access;

/** One file: its state, who opened it, who may, and the way to somebody else's file in an emergency. */
export function FileDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const detail = useQuery({ queryKey: ['file', id], queryFn: () => api<FileDetail>(`files/${id}`) });
  const [asking, setAsking] = useState(false);
  const title = detail.data?.file.title ?? text.files.title;
  return (
    <Dialog title={asking ? say.action : title} open onClose={onClose}>
      <Loaded query={detail}>
        {(data) =>
          asking ? (
            <AskForAccess file={data.file} onDone={() => setAsking(false)} />
          ) : (
            <Shown detail={data} onAsk={() => setAsking(true)} />
          )
        }
      </Loaded>
      {asking ? null : (
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={onClose}>{text.close}</Button>
        </div>
      )}
    </Dialog>
  );
}

function Shown({ detail: { file, openings }, onAsk }: { readonly detail: FileDetail; readonly onAsk: () => void }) {
  return (
    <div className={kit.stack}>
      <p className={css.lead}>
        {file.owner.displayName} · {bytes(file.sizeBytes)} · {text.files.grades[file.view]}
      </p>
      <div className={css.head}>
        <FileState file={file} />
        {isOver(file) || !file.mayManage || file.mayWiden ? null : <Button onPress={onAsk}>{say.action}</Button>}
      </div>
      <RequestsAbout personId={file.owner.personId} aboutId={file.id} heading="h3" />
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
  );
}

function AskForAccess({ file, onDone }: { readonly file: FileItem; readonly onDone: () => void }) {
  const me = useMe();
  const owner = file.owner.displayName;
  return (
    <>
      <p>
        <strong>{file.title}</strong>
      </p>
      <p>{say.lead(owner)}</p>
      <AskTwoPeople
        kind="files.access"
        person={{ id: file.owner.personId, displayName: owner }}
        path={`files/${file.id}/access-requests`}
        gainer={{ label: say.whom, hint: say.whomHint, first: me.data?.email ?? '' }}
        after={({ gainer }) =>
          say.after(
            gainer === null ? say.somebody : gainer.id === me.data?.id ? text.requests.you : gainer.displayName,
            owner,
          )
        }
        onDone={onDone}
      />
    </>
  );
}

/** Whether a file opens for nobody any more, or for its owner alone. */
function isOver({ revokedAtMs, expiresAtMs, labels }: FileItem): boolean {
  return revokedAtMs !== null || labels.length > 0 || (expiresAtMs !== null && expiresAtMs < Date.now());
}

/** How a file stands, in a word. */
export function FileState({ file }: { readonly file: FileItem }) {
  if (file.deletedAtMs !== null) return <State kind="unknown">{text.files.deleted}</State>;
  if (file.revokedAtMs !== null) return <State kind="blocked">{text.files.revoked}</State>;
  if (file.labels.length > 0) return <State kind="attention">{text.files.ownerOnly}</State>;
  if (file.expiresAtMs === null) return <State kind="fine">{text.files.active}</State>;
  if (file.expiresAtMs < Date.now()) return <State kind="blocked">{text.files.expired}</State>;
  return <State kind="attention">{text.files.until(day(file.expiresAtMs))}</State>;
}
