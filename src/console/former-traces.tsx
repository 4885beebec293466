import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { DeviceTraces } from '../findings/api.ts';
import { age, api, Button, Dialog, Field, kit, Problem, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

/** What of the phones that this one's owner had before refuses here, and how an investigator says that this is another one. */
export function FormerTraces({ deviceId, personId }: { readonly deviceId: string; readonly personId: string }) {
  const traces = useQuery({
    queryKey: ['device-traces', deviceId],
    queryFn: () => api<DeviceTraces>(`devices/${deviceId}/traces`),
  }).data;
  const me = useMe().data;
  const former = traces?.items.filter(({ binds }) => binds === 'person') ?? [];
  const said = traces?.anotherPhone;
  if (said) return <p className={css.small}>{text.device.anotherSaid(said.reason, age(said.saidAtMs))}</p>;
  if (former.length === 0) return null;
  const maySay = (me?.role === 'owner' || me?.role === 'investigator') && me.id !== personId;
  return (
    <section className={css.section}>
      <h2>{text.device.formerTitle}</h2>
      <p className={css.lead}>{text.device.formerText}</p>
      <ul className={css.rows}>
        {former.map(({ findingId, title, deviceName, foundAtMs }) => (
          <li key={findingId}>
            <span>
              <Link to="/findings/$id" params={{ id: findingId }}>
                {title}
              </Link>
              <div className={css.small}>{text.device.formerPhone(deviceName, age(foundAtMs))}</div>
            </span>
          </li>
        ))}
      </ul>
      {maySay ? <AnotherPhone deviceId={deviceId} /> : null}
    </section>
  );
}

function AnotherPhone({ deviceId }: { readonly deviceId: string }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(`devices/${deviceId}/another-phone`, { body: { reason: reason.trim() } });
    setOpen(false);
    await queries.invalidateQueries();
  });
  return (
    <div>
      <Button onPress={() => setOpen(true)}>{text.device.another}</Button>
      <Dialog title={text.device.another} open={open} onClose={() => setOpen(false)}>
        <p>{text.device.anotherText}</p>
        <Field
          label={text.device.anotherHow}
          hint={text.device.anotherHint}
          value={reason}
          onChange={setReason}
          lines
        />
        <Problem error={error} />
        <div className={kit.row}>
          <Button kind="primary" onPress={run} busy={busy} disabled={reason.trim().length < 10}>
            {text.device.another}
          </Button>
          <Button onPress={() => setOpen(false)}>{text.cancel}</Button>
        </div>
      </Dialog>
    </div>
  );
}
