import { qrModules } from '../formats/qr/index.ts';
import css from './workspace.module.css';

const QUIET = 4; // light modules around the code, which readers need (ISO/IEC 18004, clause 6.3.8)

/** A text as a QR code: dark on light in every colour scheme, since many readers want it so. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const rows = qrModules(text);
  const size = rows.length + 2 * QUIET;
  const path = rows
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')))
    .join('');
  return (
    <svg className={css.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
