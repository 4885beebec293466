const LINES_PER_PAGE = 60;
const MAX_LINES = 6_000;

/** Draws plain text on canvases of 60 lines, wrapped; pixels, so that there is no text to select. */
export function drawText(content: string, widthPx: number): HTMLCanvasElement[] {
  const ratio = Math.min(devicePixelRatio, 2);
  const width = Math.min(widthPx, 820);
  const columns = Math.max(20, Math.floor((width - 32) / 8.4));
  const lines = content
    .split(/\r?\n/)
    .slice(0, MAX_LINES)
    .flatMap((line) => wrap(line.replaceAll('\t', '    '), columns))
    .slice(0, MAX_LINES);
  const pages: HTMLCanvasElement[] = [];
  for (let at = 0; at < Math.max(1, lines.length); at += LINES_PER_PAGE) {
    const part = lines.slice(at, at + LINES_PER_PAGE);
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round((part.length * 22 + 40) * ratio);
    canvas.style.width = `${width}px`;
    canvas.setAttribute('role', 'img');
    const context = canvas.getContext('2d');
    if (context) {
      context.scale(ratio, ratio);
      context.fillStyle = '#fff';
      context.fillRect(0, 0, width, canvas.height);
      context.fillStyle = '#1d1b18';
      context.font = '14px ui-monospace, Menlo, monospace';
      for (const [index, line] of part.entries()) context.fillText(line, 16, 34 + index * 22);
    }
    pages.push(canvas);
  }
  return pages;
}

function wrap(line: string, columns: number): string[] {
  const out: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(' ', columns);
    const cut = space > columns / 2 ? space : columns;
    out.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  out.push(rest);
  return out;
}
