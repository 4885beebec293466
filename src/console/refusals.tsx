import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RefusalItem, RefusalList } from '../devices/api.ts';
import { age, api, kit, moment, placeWords, refusalWords } from '../ui/index.ts';
import css from './console.module.css';
import { text } from './text.ts';

/** Messages of one phone that were refused; nothing where there are none. */
export function DeviceRefusals({ refusals }: { readonly refusals: readonly RefusalItem[] }) {
  if (refusals.length === 0) return null;
  return (
    <section className={css.section}>
      <h2>{text.device.refused.title}</h2>
      <p className={css.lead}>{text.device.refused.lead}</p>
      <Rows items={refusals} />
    </section>
  );
}

/** Messages that were refused, of all phones and of senders nobody knows, folded. */
export function AllRefusals() {
  const list = useQuery({
    queryKey: ['device-refusals'],
    queryFn: () => api<RefusalList>('devices/refusals'),
  }).data;
  if (list === undefined || list.items.length === 0) return null;
  return (
    <details className={kit.more}>
      <summary>{text.device.refused.all(list.items.length)}</summary>
      <p className={css.lead}>{text.device.refused.allLead}</p>
      <Rows items={list.items} named />
    </details>
  );
}

function Rows({ items, named = false }: { readonly items: readonly RefusalItem[]; readonly named?: boolean }) {
  return (
    <ul className={css.rows}>
      {items.map((item) => (
        <li key={`${item.device?.id} ${item.code} ${item.place}`}>
          <span>
            {named ? <Phone device={item.device} /> : null}
            <div>{refusalWords(item)}</div>
            <div className={css.small} title={moment(item.lastAtMs)}>
              {text.device.refused.times(item.count, age(item.lastAtMs), placeWords(item.place))} ·{' '}
              <code>{item.code}</code>
            </div>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Phone({ device }: { readonly device: RefusalItem['device'] }) {
  if (device === null) return <strong>{text.device.refused.unknown}</strong>;
  return (
    <Link to="/devices/$id" params={{ id: device.id }}>
      {device.name}
    </Link>
  );
}
