import { useQuery } from '@tanstack/react-query';
import type { RequestList } from '../../people/api.ts';
import { api, Empty, Loaded } from '../../ui/index.ts';
import css from '../console.module.css';
import { RequestCards } from '../request-card.tsx';
import { text } from '../text.ts';

/** Everything that takes two people: what is open first, then how the rest ended. */
export function Requests() {
  const requests = useQuery({ queryKey: ['requests'], queryFn: () => api<RequestList>('requests') });
  return (
    <div className={css.page}>
      <h1>{text.requests.title}</h1>
      <p className={css.lead}>{text.requests.lead}</p>
      <Loaded query={requests}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={text.requests.empty} text={text.requests.emptyText} />
          ) : (
            <RequestCards items={items} />
          )
        }
      </Loaded>
    </div>
  );
}
