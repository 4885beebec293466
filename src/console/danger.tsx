import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeviceDetail } from '../devices/api.ts';
import { api, Button, cx, Dialog, Field, kit, Problem, useAction } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

const ACTIONS = [
  { kind: 'DeviceLock', title: text.device.lock, what: text.device.lockText },
  { kind: 'EraseDevice', title: text.device.erase, what: text.device.eraseText },
] as const;

/** Apart from all else; each says what it destroys and asks for the device's name. */
export function Danger({ device }: { readonly device: DeviceDetail }) {
  const [chosen, setChosen] = useState<(typeof ACTIONS)[number] | null>(null);
  const [name, setName] = useState('');
  const queries = useQueryClient();
  const close = (): void => {
    setChosen(null);
    setName('');
  };
  const { run, busy, error } = useAction(async () => {
    if (!chosen) return;
    await api(`devices/${device.id}/commands`, { body: { kind: chosen.kind, confirmName: name } });
    close();
    await queries.invalidateQueries();
  });
  return (
    <section className={css.danger}>
      <h2>{text.device.danger}</h2>
      {ACTIONS.map((action) => (
        <div key={action.kind} className={css.spread}>
          <p>{action.what}</p>
          <Button kind="danger" onPress={() => setChosen(action)}>
            {action.title}
          </Button>
        </div>
      ))}
      <Dialog title={chosen?.title ?? ''} open={chosen !== null} onClose={close}>
        <p>{chosen?.what}</p>
        <Field label={text.device.confirm(device.name)} value={name} onChange={setName} />
        <Problem error={error} />
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={close}>{text.cancel}</Button>
          <Button kind="danger" onPress={run} busy={busy} disabled={name !== device.name}>
            {chosen?.title}
          </Button>
        </div>
      </Dialog>
    </section>
  );
}
