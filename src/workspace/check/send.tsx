import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OwnDevices } from '../../devices/api.ts';
import type { CheckReply } from '../../findings/api.ts';
import { api, Button, bytes, Choice, modelName, Problem, useAction } from '../../ui/index.ts';
import css from './check.module.css';
import type { CheckResult } from './messages.ts';
import { text } from './text.ts';

/** Asks before anything leaves this computer, and shows all of it. */
export function Send({ result }: { readonly result: CheckResult }) {
  const { report, sightings } = result;
  const own = useQuery({ queryKey: ['my-devices'], queryFn: () => api<OwnDevices>('me/devices') });
  const [chosen, setChosen] = useState('');
  const devices = own.data?.items ?? [];
  // A phone of the model that was examined comes first: with several, that is most often the one.
  const models = report.sources.map((source) => source.device.productType);
  const likely = devices.find(({ model }) => models.includes(model)) ?? devices[0];
  const device = chosen || (likely?.id ?? '');
  const [sent, setSent] = useState<CheckReply>();
  const send = useAction(async () => {
    const kept = await api<CheckReply>(`devices/${device}/checks`, { method: 'POST', body: report });
    if (sightings !== undefined) {
      await api(`devices/${device}/sightings?check=${kept.id}`, { method: 'PUT', body: new Blob([sightings]) });
    }
    setSent(kept);
  });
  if (own.data === undefined) return null;
  if (devices.length === 0) return <p className={css.note}>{text.noDevice}</p>;
  if (sent !== undefined) {
    const { leftOut } = sent;
    return <p className={css.note}>{leftOut === 0 ? text.sent : `${text.sent} ${text.leftOut(leftOut)}`}</p>;
  }
  return (
    <section className={css.send}>
      <h3>{text.send}</h3>
      <p>{text.sendLead}</p>
      <Choice
        label={text.sendDevice}
        value={device}
        onChange={setChosen}
        options={devices.map(({ id, name, model }) => [id, model === '' ? name : `${name} (${modelName(model)})`])}
      />
      <details>
        <summary>{text.sendShow}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <pre className={css.json} tabIndex={0}>
          {JSON.stringify(report, null, 2)}
        </pre>
      </details>
      {sightings === undefined ? null : <p>{text.sendHashes(bytes(sightings.length))}</p>}
      <Button kind="primary" busy={send.busy} onPress={send.run}>
        {send.busy ? text.sendBusy : text.sendAction}
      </Button>
      <Problem error={send.error} />
    </section>
  );
}
