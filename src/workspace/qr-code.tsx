import { encodeQR } from 'qr';
import css from './workspace.module.css';

const QUIET = 4; // light modules around the code, which readers need (ISO/IEC 18004, clause 6.3.8)

/** A text as a QR code: dark on light in every colour scheme, since many readers want it so. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  // The lowest correction is enough for a screen, and keeps the modules of a long text large.
  const rows = encodeQR(text, 'raw', { ecc: 'low', encoding: 'byte', border: QUIET });
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg
      className={css.qr}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}
