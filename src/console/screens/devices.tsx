import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { AccessState } from '../../access/api.ts';
import type { DeviceItem } from '../../devices/api.ts';
import { age, Choice, cx, Empty, Field, Loaded, modelName, systemName } from '../../ui/index.ts';
import css from '../console.module.css';
import { listDeviceStates, listDevices } from '../device-names.ts';
import { AllRefusals } from '../refusals.tsx';
import { Standing } from '../standing.tsx';
import { text } from '../text.ts';

type DeviceRow = DeviceItem & { readonly access: AccessState | undefined };

const STATES = ['fine', 'grace', 'blocked', 'unknown'] as const;

/** What the filter calls a row: the decision's state, or where it is on its way in or out. */
function filterStateOf({ state, access }: DeviceRow): string {
  return state === 'enrolled' ? (access ?? 'unknown') : state === 'pending' ? 'invited' : 'left';
}

export function Devices() {
  const { state = '' }: { state?: string } = useSearch({ from: '/shell/devices' });
  const navigate = useNavigate();
  const [search, setSearch] = useState('');
  const needle = useDeferredValue(search.trim().toLowerCase());
  const narrow = useNarrow();
  const devices = useQuery({ queryKey: ['devices'], queryFn: listDevices });
  const states = useQuery({ queryKey: ['device-states'], queryFn: listDeviceStates });
  const rows = useMemo(
    () => devices.data?.map((device) => ({ ...device, access: states.data?.get(device.id) })),
    [devices.data, states.data],
  );
  return (
    <div className={css.page}>
      <h1>{text.devices.title}</h1>
      <div className={css.filters}>
        <Field label={text.devices.search} type="search" value={search} onChange={setSearch} />
        <Choice
          label={text.devices.filter}
          value={state}
          onChange={(next) =>
            void navigate({ to: '/devices', search: next === '' ? {} : { state: next }, replace: true })
          }
          options={[
            ['', text.devices.all],
            ...STATES.map((id) => [id, text.states[id]] as const),
            ['invited', text.devices.enrolment.pending],
            ['left', text.devices.enrolment['checked-out']],
          ]}
        />
      </div>
      <Loaded query={{ data: rows, error: devices.error }}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={text.devices.empty} text={text.devices.emptyText} />
          ) : (
            <List key={String(narrow)} all={all} needle={needle} state={state} narrow={narrow} />
          )
        }
      </Loaded>
      <AllRefusals />
    </div>
  );
}

const NARROW = window.matchMedia('(max-width: 760px)');

/** Whether rows have two lines; a phone that is turned changes it, and the list is then measured anew. */
function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      NARROW.addEventListener('change', changed);
      return () => NARROW.removeEventListener('change', changed);
    },
    () => NARROW.matches,
  );
}

function List({
  all,
  needle,
  state,
  narrow,
}: {
  readonly all: readonly DeviceRow[];
  readonly needle: string;
  readonly state: string;
  readonly narrow: boolean;
}) {
  const rows = useMemo(
    () =>
      all.filter(
        (row) =>
          (state === '' || filterStateOf(row) === state) &&
          (needle === '' ||
            `${row.name} ${row.model} ${modelName(row.model)} ${row.person.displayName} ${systemName(row)}`
              .toLowerCase()
              .includes(needle)),
      ),
    [all, needle, state],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? 60 : 44),
    overscan: 12,
  });
  if (rows.length === 0) return <Empty title={text.devices.noMatch} text={text.devices.noMatchText} />;
  const { columns } = text.devices;
  return (
    <>
      <p className={css.small}>
        <span role="status">{text.devices.count(rows.length, all.length)}</span> {text.devices.unit(all.length)}
      </p>
      <div
        className={css.virtual}
        ref={scroller}
        style={{ maxHeight: narrow ? rows.length * 60 + 2 : rows.length * 44 + 38 }}
      >
        <div className={cx(css.grid, css.gridHead)} aria-hidden="true">
          <span>{columns.name}</span>
          <span>{columns.owner}</span>
          <span>{columns.os}</span>
          <span>{columns.state}</span>
          <span>{columns.seen}</span>
        </div>
        <ul aria-label={text.devices.title} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return row ? (
              <li key={row.id} aria-setsize={rows.length} aria-posinset={index + 1}>
                <Link
                  to="/devices/$id"
                  params={{ id: row.id }}
                  className={cx(css.grid, css.gridRow)}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <span className={cx(css.cut, css.name)}>{row.name}</span>
                  <span className={css.cut}>{row.person.displayName}</span>
                  <span className={css.cut}>{systemName(row)}</span>
                  <Standing state={row.state} access={row.access} />
                  <span className={css.cut}>{age(row.lastSeenAtMs)}</span>
                </Link>
              </li>
            ) : null;
          })}
        </ul>
      </div>
    </>
  );
}
