import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReasonView } from '../../access/api.ts';
import type { FileDetail, RenewReply } from '../../files/api.ts';
import type { ViewerReply } from '../../server/api.ts';
import { ApiError, api, Button, cx, kit, loadDeviceKey, moment, Skeleton, sentenceOf, useMe } from '../../ui/index.ts';
import { type OpenedFile, openFile } from '../open-file.ts';
import { Reasons } from '../reasons.tsx';
import { text } from '../text.ts';
import type { FrameMessage, ShowMessage } from '../viewer-frame.ts';
import css from '../workspace.module.css';

const MAX_SHOWN_BYTES = 64 * 1024 * 1024;

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
      {refusal ? (
        <Refusal error={refusal} wasOpen={opened.data !== undefined} onRetry={() => location.reload()} />
      ) : opened.data && who ? (
        <Frame
          opened={opened.data}
          marks={
            opened.data.view.watermark
              ? [who.displayName, who.email, moment(Date.now()), opened.data.view.viewId.slice(0, 8)]
              : []
          }
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
        <h1>{wasOpen ? text.viewer.closed : text.viewer.refused}</h1>
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
  const status = !isShowable(opened.mediaType)
    ? text.viewer.unsupported
    : opened.bytes.length > MAX_SHOWN_BYTES
      ? text.viewer.tooBig
      : null;
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

function isShowable(mediaType: string): boolean {
  return (
    mediaType === 'application/pdf' ||
    mediaType === 'application/json' ||
    /^(image\/(png|jpeg|gif|webp|avif)|text\/)/.test(mediaType)
  );
}
