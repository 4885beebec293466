import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeviceAccess } from '../access/api.ts';
import { type CommandItem, type CommandList, type DeviceDetail, sameName } from '../devices/api.ts';
import { age, api, Button, Checks, cx, Dialog, Field, kit, Problem, State, useAction } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

interface DangerousAction {
  readonly kind: 'DeviceLock' | 'EraseDevice' | 'release' | 'claim';
  readonly title: string;
  readonly what: string;
}

const LOCK = { kind: 'DeviceLock', title: text.device.lock, what: text.device.lockText } as const;
const ERASE = { kind: 'EraseDevice', title: text.device.erase, what: text.device.eraseText } as const;
const RELEASE = { kind: 'release', title: text.device.release, what: text.device.releaseText } as const;
const MARK = { kind: 'claim', title: text.device.markClaim, what: text.device.markClaimText } as const;
const WITHDRAW = { kind: 'release', title: text.device.withdraw, what: text.device.withdrawText } as const;

/** What can be done to a device in each state: one that was only invited takes no commands, of one that has left its claim can be marked. */
const ACTIONS: Readonly<Record<DeviceDetail['state'], readonly DangerousAction[]>> = {
  pending: [WITHDRAW],
  enrolled: [LOCK, RELEASE, ERASE],
  'checked-out': [MARK],
};

/** Apart from all else; each says what it ends, and what acts on the phone itself asks for the device's name. */
export function Danger({
  device,
  access,
}: {
  readonly device: DeviceDetail;
  readonly access: DeviceAccess | undefined;
}) {
  const [chosen, setChosen] = useState<DangerousAction | null>(null);
  const [name, setName] = useState('');
  const [marks, setMarks] = useState<readonly string[]>([]);
  const queries = useQueryClient();
  const close = (): void => {
    setChosen(null);
    setName('');
    setMarks([]);
  };
  const { run, busy, error } = useAction(async () => {
    if (!chosen) return;
    if (chosen.kind === 'release' || chosen.kind === 'claim')
      await api(`devices/${device.id}/release`, {
        body: { claimFalse: chosen.kind === 'claim' || marks.includes('false') },
      });
    else await api(`devices/${device.id}/commands`, { body: { kind: chosen.kind, confirmName: name } });
    close();
    await queries.invalidateQueries();
  });
  const isOpen = ({ kind }: DangerousAction): boolean => {
    if (kind === 'release') return true;
    // An invitation that nobody took up claimed nothing.
    if (kind === 'claim') return device.enrolledAtMs !== null && device.claimFalseAtMs === null;
    return device.platform === 'apple'; // commands speak Apple's protocol alone
  };
  const actions = ACTIONS[device.state].filter(isOpen);
  if (actions.length === 0) return null;
  const named = sameName(name, device.name);
  const byName = chosen?.kind === 'DeviceLock' || chosen?.kind === 'EraseDevice';
  const evidence = access?.reasons.some(({ code }) => code === 'threat.trace') ? (
    <div>
      <State kind="attention">{text.device.evidenceOpen}</State>
      <p className={css.lead}>{text.device.evidence}</p>
    </div>
  ) : null;
  return (
    <section className={css.danger}>
      <h2>{text.device.danger}</h2>
      <Ordered deviceId={device.id} />
      {device.state === 'enrolled' ? evidence : null}
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
        {chosen === RELEASE ? (
          <Checks
            legend={text.device.claim}
            options={[{ id: 'false', label: text.device.claimFalse }]}
            chosen={marks}
            onChange={setMarks}
          />
        ) : null}
        {byName ? (
          <>
            {evidence}
            <Field
              label={text.device.confirm(device.name)}
              hint={
                name === '' || named
                  ? text.device.confirmHint
                  : `${text.device.confirmOther} ${text.device.confirmHint}`
              }
              value={name}
              onChange={setName}
            />
          </>
        ) : null}
        <Problem error={error} />
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={close}>{text.cancel}</Button>
          <Button kind="danger" onPress={run} busy={busy} disabled={byName && !named}>
            {chosen?.title}
          </Button>
        </div>
      </Dialog>
    </section>
  );
}

type Order = 'DeviceLock' | 'EraseDevice';
type Outcome = { readonly withdrawn: Order } | { readonly error: unknown };

/** What was ordered and has not happened: the phone does it when it next connects. Until it was sent it can be withdrawn. */
function Ordered({ deviceId }: { readonly deviceId: string }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const commands = useQuery({
    queryKey: ['commands', deviceId],
    queryFn: () => api<CommandList>(`devices/${deviceId}/commands`),
  });
  return (
    <>
      <div role="status">
        {outcome !== null && 'withdrawn' in outcome ? (
          <State kind="fine">{text.device.withdrawn[outcome.withdrawn]}</State>
        ) : null}
        <ul>
          {(commands.data?.items ?? []).map((command) => (
            <Waiting key={command.id} deviceId={deviceId} command={command} onEnd={setOutcome} />
          ))}
        </ul>
      </div>
      <Problem error={outcome !== null && 'error' in outcome ? outcome.error : null} />
    </>
  );
}

function Waiting({
  deviceId,
  command: { id, kind, state, createdAtMs, sentAtMs },
  onEnd,
}: {
  readonly deviceId: string;
  readonly command: CommandItem;
  readonly onEnd: (outcome: Outcome | null) => void;
}) {
  const queries = useQueryClient();
  const { run, busy } = useAction(async () => {
    onEnd(null);
    try {
      await api(`devices/${deviceId}/commands/${id}`, { method: 'DELETE' });
      if (kind === 'DeviceLock' || kind === 'EraseDevice') onEnd({ withdrawn: kind });
    } catch (error) {
      onEnd({ error }); // above this row, which may be gone when it was too late
    }
    await queries.invalidateQueries();
  });
  if ((state !== 'queued' && state !== 'notnow') || (kind !== 'DeviceLock' && kind !== 'EraseDevice')) return null;
  if (sentAtMs !== null) {
    return (
      <li>
        <State kind="waiting">{text.device.sent[kind](age(sentAtMs))}</State>
      </li>
    );
  }
  return (
    <li className={css.spread}>
      <State kind="waiting">{text.device.waiting[kind](age(createdAtMs))}</State>
      <Button onPress={run} busy={busy}>
        {text.device.withdrawOrder[kind]}
      </Button>
    </li>
  );
}
