import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ArrowLeft, Download } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReasonView } from '../../access/api.ts';
import type { FileDetail, RenewReply } from '../../files/api.ts';
import type { ViewerReply } from '../../server/api.ts';
import { ApiError, api, Button, cx, kit, loadDeviceKey, Skeleton, sentenceOf, useMe } from '../../ui/index.ts';
import { marksOf } from '../marks.ts';
import { type OpenedFile, openFile } from '../open-file.ts';
import { Reasons } from '../reasons.tsx';
import { CannotShow, whyNotShown } from '../showable.ts';
import { text } from '../text.ts';
import type { FrameMessage, ShowMessage } from '../viewer-frame.ts';
import css from '../workspace.module.css';

export function Viewer() {
  const { id }: { id: string } = useParams({ from: '/shell/files/$id' });
  const me = useMe();
  const file = useQuery({ queryKey: ['file', id], queryFn: () => api<FileDetail>(`files/${id}`) });
  // Not in the cache of live queries: an event must renew the view, never decrypt anew.
  const opened = useQuery({
    queryKey: ['opened', id],
    queryFn: async () => {
      const key = await loadDeviceKey();
      if (!key) throw new Error(text.viewer.unbound);
      return openFile(id, key);
    },
    enabled: (query) => query.state.data === undefined && query.state.error === null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const viewId = opened.data?.view.viewId;
  const renewal = useQuery({
    queryKey: ['renewal', viewId],
    queryFn: () => api<RenewReply>(`files/${id}/views/renew`, { body: { viewId } }),
    enabled: viewId !== undefined,
    refetchInterval: (query) => (query.state.error ? false : (opened.data?.view.nextRenewalMs ?? 10_000)),
    refetchIntervalInBackground: true,
    gcTime: 0,
    retry: (count, error) => count < 2 && error instanceof ApiError && error.status === 0,
  });
  useEndOfView(id, viewId);
  const refusal = opened.error ?? renewal.error;
  const who = me.data;
  return (
    <div className={cx(css.page, css.wide)}>
      <header className={css.section}>
        <a href="#/files" className={css.back}>
          <ArrowLeft size={14} aria-hidden="true" />
          {text.files.title}
        </a>
        <h1>{file.data?.file.title ?? text.viewer.opening}</h1>
        {opened.data && !refusal ? (
          <p className={css.small}>
            {opened.data.view.view === 'download' ? text.viewer.gradeDownload : text.viewer.grade}
          </p>
        ) : null}
      </header>
      {opened.data?.view.view === 'download' && !refusal ? (
        <Save opened={opened.data} title={file.data?.file.title ?? ''} />
      ) : null}
      {refusal instanceof CannotShow ? (
        <p className={css.lead}>{text.viewer.notOpened(refusal.message)}</p>
      ) : refusal ? (
        <Refusal error={refusal} wasOpen={opened.data !== undefined} onRetry={() => location.reload()} />
      ) : opened.data && who ? (
        <Frame
          opened={opened.data}
          marks={marksOf(who, opened.data.deviceName, opened.data.view, Date.now())}
          title={file.data?.file.title ?? ''}
        />
      ) : (
        <div role="status">
          <p className={css.lead}>{text.viewer.opening}</p>
          <Skeleton lines={6} />
        </div>
      )}
    </div>
  );
}

/** Only where the grade says so; from then on the copy is the reader's to look after. */
function Save({ opened, title }: { readonly opened: OpenedFile; readonly title: string }) {
  const save = (): void => {
    // Never as its own type: a browser would open some in place instead of keeping them.
    const url = URL.createObjectURL(new Blob([opened.bytes], { type: 'application/octet-stream' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = title;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers begin to read only after they have asked where to
  };
  return (
    <div>
      <Button onPress={save}>
        <Download size={18} aria-hidden="true" />
        {text.viewer.save}
      </Button>
    </div>
  );
}

/** Says so when the view is left or the page goes away; a view that says nothing ends when it misses its renewals. */
function useEndOfView(fileId: string, viewId: string | undefined): void {
  useEffect(() => {
    if (viewId === undefined) return;
    const end = (): void => {
      const said = api(`files/${fileId}/views/end`, { body: { viewId }, keepalive: true });
      said.catch(() => {}); // nobody is left to tell, and missed renewals end the view too
    };
    addEventListener('pagehide', end);
    return () => {
      removeEventListener('pagehide', end);
      end();
    };
  }, [fileId, viewId]);
}

function Refusal({
  error,
  wasOpen,
  onRetry,
}: {
  readonly error: Error;
  readonly wasOpen: boolean;
  readonly onRetry: () => void;
}) {
  const reasons =
    error instanceof ApiError && Array.isArray(error.problem.reasons) ? (error.problem.reasons as ReasonView[]) : []; // RewrapRefusal
  return (
    <div className={css.page} role="alert">
      <section className={cx(css.hero, kit.blocked)}>
        <h2>{wasOpen ? text.viewer.closed : text.viewer.refused}</h2>
        {reasons.length === 0 ? (
          <p>{sentenceOf(error)}</p>
        ) : (
          reasons.slice(0, 1).map(({ code, text: why }) => <p key={code}>{why}</p>)
        )}
      </section>
      {reasons.length > 0 ? (
        <section className={css.section}>
          <h2>{text.viewer.fixTitle}</h2>
          <Reasons reasons={reasons} />
        </section>
      ) : null}
      <div>
        <Button large onPress={onRetry}>
          {text.viewer.retry}
        </Button>
      </div>
    </div>
  );
}

/** Hands the bytes to the sandboxed frame; taking the frame away takes the content away. */
function Frame({
  opened,
  marks,
  title,
}: {
  readonly opened: OpenedFile;
  readonly marks: readonly string[];
  readonly title: string;
}) {
  const frame = useRef<HTMLIFrameElement>(null);
  const shownMarks = useRef(marks);
  const place = useQuery({ queryKey: ['viewer'], queryFn: () => api<ViewerReply>('viewer'), staleTime: Infinity });
  // What the file itself says, now that its key has proven it, and not what the server was told.
  const status = whyNotShown(opened.mediaType, opened.bytes.length);
  useEffect(() => {
    const onMessage = (event: MessageEvent<FrameMessage>): void => {
      const target = frame.current?.contentWindow;
      if (!target || event.source !== target || event.data.kind !== 'ready') return;
      const bytes = opened.bytes.slice().buffer;
      const message: ShowMessage = {
        kind: 'show',
        mediaType: opened.mediaType,
        bytes,
        marks: shownMarks.current,
        pageLabel: title,
      };
      // The frame's origin is opaque, so it has no name to aim at; the window itself is the address.
      target.postMessage(message, '*', [bytes]);
    };
    addEventListener('message', onMessage);
    return () => removeEventListener('message', onMessage);
  }, [opened, title]);
  if (status) return <p className={css.lead}>{status}</p>;
  if (place.error) return <p className={css.lead}>{sentenceOf(place.error)}</p>;
  if (!place.data) return <Skeleton />;
  return (
    <iframe ref={frame} className={css.frame} sandbox="allow-scripts" src={place.data.url} title={text.viewer.frame} />
  );
}
