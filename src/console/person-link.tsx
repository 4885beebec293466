import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PersonLink as Link, PersonDetail } from '../people/api.ts';
import { api, Button, cx, Dialog, kit, moment, Problem, useAction, useMe } from '../ui/index.ts';
import { AskTwoPeople } from './ask-two-people.tsx';
import css from './console.module.css';
import { Secret } from './secret.tsx';
import { text } from './text.ts';

/** A new link for who lost hers: an invitation, or once she has joined a way to a new passkey, which two people make. */
export function PersonLink({ person }: { readonly person: PersonDetail }) {
  const me = useMe();
  if (person.state === 'suspended' || person.id === me.data?.id) return null;
  return person.state === 'invited' ? <Invitation person={person} /> : <Recovery person={person} />;
}

function Recovery({ person }: { readonly person: PersonDetail }) {
  const [open, setOpen] = useState(false);
  const words = text.person.link.active;
  return (
    <div>
      <Button onPress={() => setOpen(true)}>{words.action}</Button>
      <Dialog title={words.action} open={open} onClose={() => setOpen(false)}>
        <p>{words.what}</p>
        <AskTwoPeople
          kind="people.recovery"
          person={person}
          path={`people/${person.id}/recovery`}
          after={({ recoveryHoldHours }) => [`${text.requests.ask.link} ${text.requests.ask.hold(recoveryHoldHours)}`]}
          onDone={() => setOpen(false)}
        />
      </Dialog>
    </div>
  );
}

function Invitation({ person }: { readonly person: PersonDetail }) {
  const [open, setOpen] = useState(false);
  const [link, setLink] = useState<Link | null>(null);
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    setLink(await api<Link>(`people/${person.id}/link`, { method: 'POST' }));
    await queries.invalidateQueries({ queryKey: ['person', person.id] });
  });
  const words = text.person.link.invited;
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
