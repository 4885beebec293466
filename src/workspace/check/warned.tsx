import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { OwnDevices } from '../../devices/api.ts';
import type { CheckReply } from '../../findings/api.ts';
import { api, Button, Choice, Problem, useAction } from '../../ui/index.ts';
import css from './check.module.css';
import { text } from './text.ts';
import { WARNERS, type Warner, warningReport, warningSentence } from './warning-report.ts';

/** Tells the security team of a warning that somebody got; shows the sentence that is sent. */
export function Warned() {
  const own = useQuery({ queryKey: ['my-devices'], queryFn: () => api<OwnDevices>('me/devices') });
  const [warner, setWarner] = useState<Warner>('Apple');
  const [chosen, setChosen] = useState('');
  const [sent, setSent] = useState(false);
  const devices = own.data?.items ?? [];
  const device = chosen || (devices[0]?.id ?? '');
  const tell = useAction(async () => {
    const body = warningReport(warner, Date.now(), __PAVISE_VERSION__);
    await api<CheckReply>(`devices/${device}/checks`, { method: 'POST', body });
    setSent(true);
  });
  if (devices.length === 0) return null;
  return (
    <details className={css.where}>
      <summary>{text.warned}</summary>
      <p>{text.warnedLead}</p>
      {sent ? (
        <p className={css.note} role="status">
          {text.warnedSent}
        </p>
      ) : (
        <section className={css.warned}>
          <Choice
            label={text.warnedBy}
            value={warner}
            options={WARNERS.map((name) => [name, name])}
            onChange={(name) => setWarner(WARNERS.find((known) => known === name) ?? 'Apple')}
          />
          <Choice
            label={text.warnedDevice}
            value={device}
            onChange={setChosen}
            options={devices.map(({ id, name }) => [id, name])}
          />
          <p>{text.warnedSends(warningSentence(warner))}</p>
          <Button kind="primary" busy={tell.busy} onPress={tell.run}>
            {text.warnedAction}
          </Button>
          <Problem error={tell.error} />
        </section>
      )}
    </details>
  );
}
