import type { DeviceDetail } from '../devices/api.ts';
import css from './console.module.css';
import { Secret } from './secret.tsx';
import { text } from './text.ts';

/** The command that examines a phone's backup and sends the result here, and the id that other commands ask for. */
export function CheckCommand({ device: { id, state } }: { readonly device: DeviceDetail }) {
  if (state !== 'enrolled') return null;
  return (
    <section className={css.section}>
      <h2>{text.device.check}</h2>
      <Secret
        lead={text.device.checkText}
        value={`pavise check BACKUP --device ${id} --server ${location.origin}`}
        copy={text.device.copyCommand}
      />
      <Secret lead={text.device.idLabel} value={id} copy={text.device.copyId} />
    </section>
  );
}
