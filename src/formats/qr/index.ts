/**
 * formats/qr: QR codes (ISO/IEC 18004:2015), written only: byte mode, error correction level L, the smallest version that fits.
 *
 * Level L is enough for a screen, and keeps the modules of a long text large. `qrModules` gives the dark modules, row by row.
 */
export { qrModules } from './modules.ts';
