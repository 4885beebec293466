import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { PersonDetail } from '../../people/api.ts';
import {
  age,
  api,
  Button,
  Choice,
  day,
  deviceLabel,
  kit,
  Loaded,
  moment,
  Problem,
  State,
  systemName,
  useAction,
} from '../../ui/index.ts';
import css from '../console.module.css';
import { listDeviceStates, listDevices } from '../device-names.ts';
import { PersonGroups } from '../groups.tsx';
import { Openings } from '../openings.tsx';
import { PersonFiles } from '../person-files.tsx';
import { PersonLink } from '../person-link.tsx';
import { RequestsAbout } from '../requests-about.tsx';
import { useRoleOptions } from '../roles.ts';
import { Standing } from '../standing.tsx';
import { text } from '../text.ts';
import { PERSON_KIND } from './people.tsx';

export function PersonPage() {
  const { id }: { id: string } = useParams({ from: '/shell/people/$id' });
  const person = useQuery({ queryKey: ['person', id], queryFn: () => api<PersonDetail>(`people/${id}`) });
  return (
    <div className={css.page}>
      <Loaded query={person} title={text.people.title}>
        {(data) => <Detail person={data} />}
      </Loaded>
    </div>
  );
}

function Detail({ person }: { readonly person: PersonDetail }) {
  const [role, setRole] = useState<string>(person.role);
  const options = useRoleOptions();
  const queries = useQueryClient();
  const change = async (call: Parameters<typeof api>[1], path = `people/${person.id}`): Promise<void> => {
    await api(path, call);
    await queries.invalidateQueries();
  };
  const roles = useAction(() => change({ method: 'PATCH', body: { role } }));
  const suspend = useAction(() =>
    change({ method: 'PATCH', body: { state: person.state === 'suspended' ? 'active' : 'suspended' } }),
  );
  const end = useAction(() => change({ method: 'DELETE' }, `people/${person.id}/sessions`));
  return (
    <>
      <header className={css.section}>
        <div className={kit.row}>
          <h1>{person.displayName}</h1>
          <State kind={PERSON_KIND[person.state]}>{text.people.states[person.state]}</State>
        </div>
        <p className={css.lead}>
          {person.email} · {text.people.roles[person.role]}
          {person.joinedAtMs === null ? '' : ` · ${text.person.joined(day(person.joinedAtMs))}`}
        </p>
        {person.invitationExpiresAtMs === null || person.state === 'suspended' ? null : (
          <p className={css.small}>{text.person.link[person.state].until(moment(person.invitationExpiresAtMs))}</p>
        )}
        <PersonLink person={person} />
      </header>
      <RequestsAbout personId={person.id} aboutId={person.id} />
      <div className={css.split}>
        <section className={css.section}>
          <h2>{text.person.passkeys}</h2>
          {person.passkeys.length === 0 ? <p className={css.lead}>{text.person.none}</p> : null}
          <ul className={css.rows}>
            {person.passkeys.map((passkey) => (
              <li key={passkey.id}>
                <span>{passkey.label}</span>
                <span className={css.small}>{age(passkey.lastUsedAtMs ?? passkey.createdAtMs)}</span>
              </li>
            ))}
          </ul>
        </section>
        <section className={css.section}>
          <h2>{text.person.sessions}</h2>
          {person.sessions.length === 0 ? <p className={css.lead}>{text.person.none}</p> : null}
          <ul className={css.rows}>
            {person.sessions.map((session) => (
              <li key={session.id}>
                <span>{deviceLabel(session.userAgent)}</span>
                <span className={css.small}>{age(session.lastUsedAtMs)}</span>
              </li>
            ))}
          </ul>
          <Problem error={end.error} />
          <div>
            <Button onPress={end.run} busy={end.busy} disabled={person.sessions.length === 0}>
              {text.person.endAll}
            </Button>
          </div>
        </section>
      </div>
      <PersonFiles person={person} />
      <PersonDevices personId={person.id} />
      <section className={css.section}>
        <h2>{text.openings.title}</h2>
        <Openings by={{ personId: person.id }} />
      </section>
      <PersonGroups person={person} />
      {options.length > 1 ? (
        <section className={css.section}>
          <h2>{text.people.role}</h2>
          <div className={css.form}>
            <Choice label={text.people.role} hideLabel value={role} onChange={setRole} options={options} />
            <Button onPress={roles.run} busy={roles.busy} disabled={role === person.role}>
              {text.person.changeRole}
            </Button>
          </div>
          <Problem error={roles.error} />
        </section>
      ) : null}
      {person.state === 'invited' ? null : (
        <section className={css.danger}>
          <p>{person.state === 'suspended' ? text.person.suspendedText : text.person.suspendText}</p>
          <Problem error={suspend.error} />
          <div>
            <Button kind="danger" onPress={suspend.run} busy={suspend.busy}>
              {person.state === 'suspended' ? text.person.resume : text.person.suspend}
            </Button>
          </div>
        </section>
      )}
    </>
  );
}

function PersonDevices({ personId }: { readonly personId: string }) {
  const devices = useQuery({ queryKey: ['devices'], queryFn: listDevices });
  const states = useQuery({ queryKey: ['device-states'], queryFn: listDeviceStates });
  return (
    <section className={css.section}>
      <h2>{text.person.devices}</h2>
      <Loaded query={devices}>
        {(all) => {
          const own = all.filter(({ person }) => person.id === personId);
          if (own.length === 0) return <p className={css.lead}>{text.person.noDevices}</p>;
          return (
            <ul className={css.rows}>
              {own.map(({ id, name, platform, model, osVersion, lastSeenAtMs, state }) => (
                <li key={id}>
                  <span>
                    <Link to="/devices/$id" params={{ id }}>
                      {name}
                    </Link>{' '}
                    <span className={css.small}>
                      {[systemName({ platform, model, osVersion }), text.device.seen(age(lastSeenAtMs))]
                        .filter(Boolean)
                        .join(' · ')}
                    </span>
                  </span>
                  <Standing state={state} access={states.data?.get(id)} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}
