/** Tiles the reader's name, device and time over a page at 30 degrees, in the page's own pixels. */
export function drawWatermark(canvas: HTMLCanvasElement, marks: readonly string[]): void {
  const context = canvas.getContext('2d');
  if (!context || marks.length === 0) return;
  const size = Math.max(12, Math.round(canvas.width / 46));
  const line = marks.join('  ·  ');
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.font = `${size}px system-ui, sans-serif`;
  context.fillStyle = 'rgb(60 60 70)';
  context.globalAlpha = 0.14;
  context.rotate(-Math.PI / 6);
  const stepX = context.measureText(line).width + size * 4;
  const stepY = size * 7;
  const reach = canvas.width + canvas.height;
  for (let y = -canvas.height, row = 0; y < reach; y += stepY, row++) {
    for (let x = -reach + (row % 2) * (stepX / 2); x < reach; x += stepX) context.fillText(line, x, y);
  }
  context.restore();
}
