import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeviceDetail } from '../devices/api.ts';
import { api, Button, cx, Dialog, Field, kit, Problem, useAction } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

interface DangerousAction {
  readonly kind: 'DeviceLock' | 'EraseDevice' | 'release';
  readonly title: string;
  readonly what: string;
}

const LOCK = { kind: 'DeviceLock', title: text.device.lock, what: text.device.lockText } as const;
const ERASE = { kind: 'EraseDevice', title: text.device.erase, what: text.device.eraseText } as const;
const RELEASE = { kind: 'release', title: text.device.release, what: text.device.releaseText } as const;
const WITHDRAW = { kind: 'release', title: text.device.withdraw, what: text.device.withdrawText } as const;

/** What can be done to a device in each state: one that was only invited takes no commands, one that has left takes nothing. */
const ACTIONS: Readonly<Record<DeviceDetail['state'], readonly DangerousAction[]>> = {
  pending: [WITHDRAW],
  enrolled: [LOCK, RELEASE, ERASE],
  'checked-out': [],
};

/** Apart from all else; each says what it ends, and what acts on the phone itself asks for the device's name. */
export function Danger({ device }: { readonly device: DeviceDetail }) {
  const [chosen, setChosen] = useState<DangerousAction | null>(null);
  const [name, setName] = useState('');
  const queries = useQueryClient();
  const close = (): void => {
    setChosen(null);
    setName('');
  };
  const { run, busy, error } = useAction(async () => {
    if (!chosen) return;
    if (chosen.kind === 'release') await api(`devices/${device.id}/release`, { method: 'POST' });
    else await api(`devices/${device.id}/commands`, { body: { kind: chosen.kind, confirmName: name } });
    close();
    await queries.invalidateQueries();
  });
  // Commands speak Apple's protocol alone.
  const actions = ACTIONS[device.state].filter(({ kind }) => kind === 'release' || device.platform === 'apple');
  if (actions.length === 0) return null;
  const byName = chosen !== null && chosen.kind !== 'release';
  return (
    <section className={css.danger}>
      <h2>{text.device.danger}</h2>
      {actions.map((action) => (
        <div key={action.kind} className={css.spread}>
          <p>{action.what}</p>
          <Button kind="danger" onPress={() => setChosen(action)}>
            {action.title}
          </Button>
        </div>
      ))}
      <Dialog title={chosen?.title ?? ''} open={chosen !== null} onClose={close}>
        <p>{chosen?.what}</p>
        {byName ? <Field label={text.device.confirm(device.name)} value={name} onChange={setName} /> : null}
        <Problem error={error} />
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={close}>{text.cancel}</Button>
          <Button kind="danger" onPress={run} busy={busy} disabled={byName && name !== device.name}>
            {chosen?.title}
          </Button>
        </div>
      </Dialog>
    </section>
  );
}
