import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { DeviceDetail } from '../devices/api.ts';
import type { BindingTrace, DeviceTraces } from '../findings/api.ts';
import { age, api, Button, cx, Dialog, Field, kit, Problem, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { usePersonNames } from './person-names.ts';
import { text } from './text.ts';

const say = text.device.traces;

/** The open traces that refuse on a phone and where each was found, and whether it is a different phone than its owner had before. */
export function OpenTraces({ device }: { readonly device: DeviceDetail }) {
  const personOf = usePersonNames();
  const traces = useQuery({
    queryKey: ['device-traces', device.id],
    queryFn: () => api<DeviceTraces>(`devices/${device.id}/traces`),
  }).data;
  if (traces === undefined) return null;
  const { items, anotherPhone } = traces;
  return (
    <>
      {items.length === 0 ? null : (
        <section className={css.section}>
          <h2>{say.title}</h2>
          <ul className={css.rows}>
            {items.map((trace) => (
              <li key={trace.findingId}>
                <span>
                  <Link to="/findings/$id" params={{ id: trace.findingId }}>
                    {trace.title}
                  </Link>
                  <div className={css.small}>{whereFound(trace, device.id)}</div>
                </span>
              </li>
            ))}
          </ul>
          {items.some(({ binds }) => binds === 'person') ? <OfFormerPhone device={device} /> : null}
        </section>
      )}
      {anotherPhone === null ? null : (
        <section className={css.section}>
          <h2>{say.differentTitle}</h2>
          <p>
            {say.said(
              (anotherPhone.saidBy === null ? undefined : personOf(anotherPhone.saidBy)) ?? say.nobody,
              age(anotherPhone.saidAtMs),
            )}
          </p>
          <blockquote className={css.lead}>{anotherPhone.reason}</blockquote>
        </section>
      )}
    </>
  );
}

function whereFound({ deviceId, deviceName, binds, foundAtMs }: BindingTrace, here: string): string {
  if (deviceId === here) return say.here(age(foundAtMs));
  return binds === 'phone' ? say.sameEarlier(deviceName, age(foundAtMs)) : say.former(deviceName, age(foundAtMs));
}

/** Why a trace of a former phone refuses here, and who can say that this is a different one. */
function OfFormerPhone({ device }: { readonly device: DeviceDetail }) {
  const me = useMe().data;
  const works = me?.role === 'owner' || me?.role === 'investigator';
  const own = me?.id === device.person.id;
  const who = device.state === 'pending' ? say.pending : !works ? say.whoSays : own ? say.ownPhone : null;
  return (
    <>
      <p className={css.lead}>
        {say.why} {who}
      </p>
      {who === null ? <DifferentPhone deviceId={device.id} /> : null}
    </>
  );
}

const SHORTEST_REASON = 10;

function DifferentPhone({ deviceId }: { readonly deviceId: string }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const close = (): void => {
    setOpen(false);
    setReason('');
  };
  const { run, busy, error } = useAction(async () => {
    await api(`devices/${deviceId}/another-phone`, { body: { reason: reason.trim() } });
    close();
    await queries.invalidateQueries();
  });
  return (
    <div>
      <Button onPress={() => setOpen(true)}>{say.different}</Button>
      <Dialog title={say.different} open={open} onClose={close}>
        <p>{say.differentText}</p>
        <Field label={say.how} hint={say.howHint} value={reason} onChange={setReason} lines />
        <Problem error={error} />
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={close}>{text.cancel}</Button>
          <Button kind="danger" onPress={run} busy={busy} disabled={reason.trim().length < SHORTEST_REASON}>
            {say.different}
          </Button>
        </div>
      </Dialog>
    </div>
  );
}
