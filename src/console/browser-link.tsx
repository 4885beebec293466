import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { BrowserLinkReply, DeviceDetail } from '../devices/api.ts';
import { api, Button, cx, Dialog, kit, moment, Problem, State, useAction, useMe } from '../ui/index.ts';
import { AskTwoPeople } from './ask-two-people.tsx';
import css from './console.module.css';
import { RequestsAbout } from './requests-about.tsx';
import { Secret } from './secret.tsx';
import { text } from './text.ts';

/** Which browser may open files for a phone: whether one is connected, and the way to connect another; to somebody else's phone two people do. */
export function BrowserLink({ device }: { readonly device: DeviceDetail }) {
  const me = useMe();
  const [open, setOpen] = useState(false);
  const [link, setLink] = useState<BrowserLinkReply | null>(null);
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    setLink(await api<BrowserLinkReply>(`devices/${device.id}/browser`, { method: 'POST' }));
    await queries.invalidateQueries({ queryKey: ['device', device.id] });
  });
  const close = (): void => {
    setOpen(false);
    setLink(null);
  };
  if (device.state !== 'enrolled') return null;
  return (
    <section className={css.section}>
      <h2>{text.device.browser}</h2>
      <div className={css.spread}>
        <State kind={device.browserBound ? 'fine' : 'unknown'}>
          {device.browserBound ? text.device.browserBound : text.device.browserMissing}
        </State>
        <Button onPress={() => setOpen(true)}>{text.device.connectBrowser}</Button>
      </div>
      <Dialog title={text.device.connectBrowser} open={open} onClose={close}>
        {link === null && device.person.id !== me.data?.id ? (
          <>
            <p>{text.device.connectBrowserText}</p>
            <AskTwoPeople
              kind="device.browser"
              person={{ id: device.person.id, displayName: device.person.displayName }}
              path={`devices/${device.id}/browser/request`}
              after={() => [text.requests.ask.link]}
              onDone={close}
            />
          </>
        ) : link === null ? (
          <>
            <p>{text.device.connectBrowserText}</p>
            <Problem error={error} />
            <div className={cx(kit.row, kit.end)}>
              <Button onPress={close}>{text.cancel}</Button>
              <Button kind="primary" onPress={run} busy={busy}>
                {text.device.makeBrowserLink}
              </Button>
            </div>
          </>
        ) : (
          <>
            <Secret
              lead={text.device.browserLinkReady}
              value={`${location.origin}/workspace/#/enrol?token=${link.token}`}
            />
            <p className={css.small}>{text.people.linkUntil(moment(link.expiresAtMs))}</p>
          </>
        )}
      </Dialog>
      <RequestsAbout personId={device.person.id} aboutId={device.id} />
    </section>
  );
}
