import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PersonLink as Link, PersonDetail } from '../people/api.ts';
import { api, Button, cx, Dialog, kit, moment, Problem, useAction } from '../ui/index.ts';
import css from './console.module.css';
import { Secret } from './secret.tsx';
import { text } from './text.ts';

/** A new link for who lost hers: an invitation, or once she has joined a way to a new passkey. What it ends is said before. */
export function PersonLink({ person }: { readonly person: PersonDetail }) {
  const [open, setOpen] = useState(false);
  const [link, setLink] = useState<Link | null>(null);
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    setLink(await api<Link>(`people/${person.id}/link`, { method: 'POST' }));
    await queries.invalidateQueries({ queryKey: ['person', person.id] });
  });
  if (person.state === 'suspended') return null;
  const words = text.person.link[person.state];
  const close = (): void => {
    setOpen(false);
    setLink(null);
  };
  return (
    <div>
      <Button onPress={() => setOpen(true)}>{words.action}</Button>
      <Dialog title={words.action} open={open} onClose={close}>
        {link === null ? (
          <>
            <p>{words.what}</p>
            <Problem error={error} />
            <div className={cx(kit.row, kit.end)}>
              <Button onPress={close}>{text.cancel}</Button>
              <Button kind="primary" onPress={run} busy={busy}>
                {words.make}
              </Button>
            </div>
          </>
        ) : (
          <>
            <Secret lead={text.people.linkReady} value={link.link} />
            <p className={css.small}>{text.people.linkUntil(moment(link.expiresAtMs))}</p>
            <div className={cx(kit.row, kit.end)}>
              <Button kind="primary" onPress={close}>
                {text.close}
              </Button>
            </div>
          </>
        )}
      </Dialog>
    </div>
  );
}
