import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { FileList } from '../files/api.ts';
import type { PersonDetail } from '../people/api.ts';
import { age, api, Button, bytes, Dialog, Loaded, useMe } from '../ui/index.ts';
import { AskTwoPeople } from './ask-two-people.tsx';
import css from './console.module.css';
import { FileDialog, FileState } from './file-dialog.tsx';
import { text } from './text.ts';

const say = text.requests.handover;
const PAGE = '20';

/** The files that a person owns, each with the way to it in an emergency; of who is suspended, the way to another owner. */
export function PersonFiles({ person }: { readonly person: PersonDetail }) {
  const me = useMe();
  const [openId, setOpenId] = useState<string | null>(null);
  const files = useInfiniteQuery({
    queryKey: ['files', 'of', person.id],
    queryFn: ({ pageParam }) =>
      api<FileList>(
        `files?${new URLSearchParams({ scope: 'all', ownerId: person.id, limit: PAGE, ...(pageParam ? { after: pageParam } : {}) })}`,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const mayAsk = me.data?.role === 'owner' || me.data?.role === 'administrator';
  return (
    <section className={css.section}>
      <h2>{text.person.files}</h2>
      <Loaded query={files}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <p className={css.lead}>{text.person.noFiles}</p>;
          return (
            <>
              <ul className={css.rows}>
                {items.map((file) => (
                  <li key={file.id}>
                    <span>
                      <Button kind="quiet" onPress={() => setOpenId(file.id)}>
                        {file.title}
                      </Button>{' '}
                      <span className={css.small}>
                        {bytes(file.sizeBytes)} · {age(file.createdAtMs)}
                      </span>
                    </span>
                    <FileState file={file} />
                  </li>
                ))}
              </ul>
              {files.hasNextPage ? (
                <div>
                  <Button onPress={() => void files.fetchNextPage()} busy={files.isFetchingNextPage}>
                    {text.loadMore}
                  </Button>
                </div>
              ) : null}
              {mayAsk && person.id !== me.data?.id ? <HandOver person={person} /> : null}
            </>
          );
        }}
      </Loaded>
      {openId === null ? null : <FileDialog id={openId} onClose={() => setOpenId(null)} />}
    </section>
  );
}

function HandOver({ person }: { readonly person: PersonDetail }) {
  const me = useMe();
  const [open, setOpen] = useState(false);
  const { id, displayName: owner, state } = person;
  if (state !== 'suspended') return <p className={css.small}>{say.notYet}</p>;
  return (
    <div>
      <Button onPress={() => setOpen(true)}>{say.action}</Button>
      <Dialog title={say.action} open={open} onClose={() => setOpen(false)}>
        <p>{say.lead(owner)}</p>
        <AskTwoPeople
          kind="files.handover"
          person={{ id, displayName: owner }}
          path="files/handover-requests"
          body={{ personId: id }}
          gainer={{ label: say.whom, hint: say.whomHint, first: '' }}
          after={({ gainer }) =>
            say.after(gainer?.id === me.data?.id ? null : (gainer?.displayName ?? say.somebody), owner)
          }
          onDone={() => setOpen(false)}
        />
      </Dialog>
    </div>
  );
}
