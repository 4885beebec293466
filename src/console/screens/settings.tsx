import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { EnrolmentReply, MakesReply } from '../../devices/api.ts';
import type { TokenList, TokenReply } from '../../people/api.ts';
import {
  AllNotices,
  age,
  api,
  Button,
  Choice,
  day,
  Field,
  Loaded,
  MyPasskeys,
  MySessions,
  Problem,
  Remove,
  State,
  useAction,
} from '../../ui/index.ts';
import css from '../console.module.css';
import { IdentityProvider } from '../identity-provider.tsx';
import { listPeople } from '../person-names.ts';
import { useRoleOptions } from '../roles.ts';
import { Rules } from '../rules-form.tsx';
import { Secret } from '../secret.tsx';
import { text } from '../text.ts';
import { TwoPeopleTimes } from '../two-people-times.tsx';
import { WhoClears } from '../who-clears.tsx';

/** One section at a time, each with an address of its own; an address without one leads to the first. */
export function Settings() {
  const search = useSearch({ from: '/shell/settings' });
  const navigate = useNavigate();
  const { sections } = text.settings;
  const section = sections.find(([key]) => key === search.section)?.[0] ?? 'enrolment';
  return (
    <div className={css.page}>
      <h1>{text.settings.title}</h1>
      <nav aria-label={text.settings.sectionsLabel} className={css.deskOnly}>
        <ul className={css.sections}>
          {sections.map(([key, label]) => (
            <li key={key}>
              <Link to="/settings" search={{ section: key }} aria-current={key === section ? 'page' : undefined}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className={css.phoneOnly}>
        <Choice
          label={text.settings.section}
          value={section}
          onChange={(key) => void navigate({ to: '/settings', search: { section: key } })}
          options={sections}
        />
      </div>
      {section === 'enrolment' ? <Enrolment /> : null}
      {section === 'tokens' ? <Tokens /> : null}
      {section === 'provider' ? <IdentityProvider /> : null}
      {section === 'rules' ? <Rules /> : null}
      {section === 'clearing' ? <WhoClears /> : null}
      {section === 'two-people' ? <TwoPeopleTimes /> : null}
      {section === 'account' ? (
        <>
          <MyPasskeys text={text.settings.account} />
          <MySessions text={text.settings.account} />
          <AllNotices text={text.settings.account} />
        </>
      ) : null}
    </div>
  );
}

function Enrolment() {
  const people = useQuery({ queryKey: ['people', 'all'], queryFn: listPeople });
  const makes = useQuery({ queryKey: ['enrolment-makes'], queryFn: () => api<MakesReply>('enrolments/makes') });
  const [personId, setPersonId] = useState('');
  const [platform, setPlatform] = useState('apple');
  const [ownership, setOwnership] = useState('personal');
  const [name, setName] = useState('');
  const [link, setLink] = useState<string | null>(null);
  const unset = platform === 'android' && makes.data?.android === false;
  const { run, busy, error } = useAction(async () => {
    const named = platform === 'android' && name.trim() !== '' ? { name: name.trim() } : {};
    const reply = await api<EnrolmentReply>('enrolments', { body: { personId, ownership, platform, ...named } });
    // The page that leads through both steps: the phone first, then this phone's browser.
    setLink(`${location.origin}/workspace/#/enrol?token=${reply.token}`);
  });
  return (
    <section className={css.section}>
      <h2>{text.settings.enrol}</h2>
      <p className={css.lead}>{text.settings.enrolText}</p>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Choice
          label={text.settings.person}
          value={personId}
          onChange={setPersonId}
          options={[
            ['', text.settings.choosePerson],
            ...(people.data ?? []).map(({ id, displayName }) => [id, displayName] as const),
          ]}
        />
        <Choice label={text.settings.make} value={platform} onChange={setPlatform} options={text.settings.makes} />
        <Choice
          label={text.settings.ownership}
          value={ownership}
          onChange={setOwnership}
          options={[
            ['personal', text.device.ownership.personal],
            ['organisation', text.device.ownership.organisation],
          ]}
        />
        {platform === 'android' ? <Field label={text.settings.phoneName} value={name} onChange={setName} /> : null}
        <Button kind="primary" submit busy={busy} disabled={personId === '' || unset}>
          {text.settings.makeLink}
        </Button>
      </form>
      {unset ? (
        <div role="status">
          <State kind="unknown">{text.settings.androidUnset}</State>
          <p className={css.lead}>{text.settings.androidUnsetText}</p>
        </div>
      ) : null}
      <Problem error={error} />
      {link === null ? null : (
        <Secret lead={platform === 'android' ? text.settings.androidLinkReady : text.people.linkReady} value={link} />
      )}
    </section>
  );
}

function Tokens() {
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => api<TokenList>('tokens') });
  const [name, setName] = useState('');
  const [role, setRole] = useState('member');
  const roles = useRoleOptions();
  const [days, setDays] = useState('90');
  const [made, setMade] = useState<string | null>(null);
  const queries = useQueryClient();
  const make = useAction(async () => {
    const { token } = await api<TokenReply>('tokens', { body: { name, role, expiresInDays: Number(days) } });
    setMade(token);
    await queries.invalidateQueries({ queryKey: ['tokens'] });
  });
  return (
    <section className={css.section}>
      <h2>{text.settings.tokens}</h2>
      <p className={css.lead}>{text.settings.tokensText}</p>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.run();
        }}
      >
        <Field label={text.settings.tokenName} value={name} onChange={setName} required />
        <Choice label={text.settings.tokenRole} value={role} onChange={setRole} options={roles} />
        <Field label={text.settings.tokenDays} type="number" value={days} onChange={setDays} required />
        <Button submit busy={make.busy}>
          {text.settings.makeToken}
        </Button>
      </form>
      <Problem error={make.error} />
      {made === null ? null : <Secret lead={text.settings.tokenReady} value={made} copy={text.settings.copyToken} />}
      <Loaded query={tokens}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={css.lead}>{text.settings.noTokens}</p>
          ) : (
            <ul className={css.rows}>
              {items.map((token) => (
                <li key={token.id}>
                  <div>
                    <strong>{token.name}</strong>
                    <p className={css.small}>
                      {text.people.roles[token.role]} · {text.settings.until(day(token.expiresAtMs))} ·{' '}
                      {token.lastUsedAtMs === null ? text.settings.never : text.settings.used(age(token.lastUsedAtMs))}
                    </p>
                  </div>
                  <Remove path={`tokens/${token.id}`} action={text.settings.remove} what={token.name} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
