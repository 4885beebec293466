import { moment } from '../ui/index.ts';

/** What the watermark says: who reads, on which device, since when, and the view's number, which the audit log has too. */
export function marksOf(
  reader: { readonly displayName: string; readonly email: string },
  deviceName: string,
  view: { readonly viewId: string; readonly watermark: boolean },
  nowMs: number,
): readonly string[] {
  if (!view.watermark) return [];
  return [reader.displayName, reader.email, deviceName, moment(nowMs), view.viewId.slice(0, 8)];
}
