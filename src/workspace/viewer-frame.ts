/**
 * The page inside the sandboxed frame: draws decrypted bytes on canvases and marks each with the reader's name.
 *
 * It has an origin of its own that owns nothing: no cookies, no storage, no key. It gets bytes by message, only from the page that
 * embeds it, and the canvas carries the watermark in its pixels, so that taking an element away does not take the mark away.
 */
import './viewer-frame.css';
import { drawText } from './draw-text.ts';
import { drawWatermark } from './watermark.ts';

export interface ShowMessage {
  readonly kind: 'show';
  readonly mediaType: string;
  readonly bytes: ArrayBuffer;
  readonly marks: readonly string[];
  readonly pageLabel: string;
}
export type FrameMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'shown' }
  | { readonly kind: 'failed'; readonly why: string };

addEventListener('message', (event: MessageEvent<ShowMessage>) => {
  if (event.source !== window.parent || event.data.kind !== 'show') return;
  show(event.data).then(
    () => tell({ kind: 'shown' }),
    (error: unknown) => tell({ kind: 'failed', why: error instanceof Error ? error.message : 'unknown' }),
  );
});
addEventListener('contextmenu', (event) => event.preventDefault());
tell({ kind: 'ready' });

function tell(message: FrameMessage): void {
  // The frame's own origin is opaque and the message holds nothing, so any embedding page may hear it.
  window.parent.postMessage(message, '*');
}

async function show({ mediaType, bytes, marks, pageLabel }: ShowMessage): Promise<void> {
  document.body.replaceChildren();
  if (mediaType === 'application/pdf') return showPdf(bytes, marks, pageLabel);
  if (mediaType.startsWith('image/')) {
    const bitmap = await createImageBitmap(new Blob([bytes], { type: mediaType }));
    const canvas = addCanvas(bitmap.width, bitmap.height, pageLabel);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    drawWatermark(canvas, marks);
    return;
  }
  for (const canvas of drawText(new TextDecoder().decode(bytes), innerWidth - 24)) {
    canvas.setAttribute('aria-label', pageLabel);
    document.body.append(canvas);
    drawWatermark(canvas, marks);
  }
}

async function showPdf(bytes: ArrayBuffer, marks: readonly string[], pageLabel: string): Promise<void> {
  // A frame of opaque origin cannot start a worker: the worker's module runs on this frame's own thread.
  const [pdf, worker] = await Promise.all([import('pdfjs-dist'), import('pdfjs-dist/build/pdf.worker.mjs')]);
  Object.assign(globalThis, { pdfjsWorker: worker });
  const task = pdf.getDocument({
    data: bytes,
    isEvalSupported: false,
    useSystemFonts: true,
    enableXfa: false,
    useWasm: false,
  });
  const document_ = await task.promise;
  const draw = async (canvas: HTMLCanvasElement, number: number): Promise<void> => {
    const page = await document_.getPage(number);
    const scale = canvas.width / page.getViewport({ scale: 1 }).width;
    await page.render({ canvas, viewport: page.getViewport({ scale }), annotationMode: pdf.AnnotationMode.DISABLE })
      .promise;
    drawWatermark(canvas, marks);
  };
  const waiting = new Map<Element, () => Promise<void>>();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        void waiting.get(target)?.();
      }
    },
    { rootMargin: '800px' },
  );
  for (let number = 1; number <= document_.numPages; number++) {
    const { width, height } = (await document_.getPage(number)).getViewport({ scale: 1 });
    const pixels = Math.min(innerWidth - 24, 900) * Math.min(devicePixelRatio, 2);
    const canvas = addCanvas(pixels, (pixels * height) / width, `${pageLabel}, ${number} / ${document_.numPages}`);
    if (number === 1) await draw(canvas, 1);
    else {
      waiting.set(canvas, () => draw(canvas, number));
      observer.observe(canvas);
    }
  }
}

function addCanvas(width: number, height: number, label: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width);
  canvas.height = Math.round(height);
  canvas.style.width = `${Math.min(Math.round(width / (width > innerWidth ? Math.min(devicePixelRatio, 2) : 1)), innerWidth - 24)}px`;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  document.body.append(canvas);
  return canvas;
}
