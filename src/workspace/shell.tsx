import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { CircleUserRound, Files, GraduationCap, House, ScanSearch, ShieldCheck } from 'lucide-react';
import { Gate, kit, Mark, Problem, SignIn, Skeleton, useLiveUpdates, useMe } from '../ui/index.ts';
import { PhoneRequests } from './phone-requests.tsx';
import { text } from './text.ts';
import css from './workspace.module.css';

const TABS = [
  { to: '/', label: text.tabs.today, Icon: House },
  { to: '/files', label: text.tabs.files, Icon: Files },
  { to: '/learn', label: text.tabs.learn, Icon: GraduationCap },
  { to: '/privacy', label: text.tabs.privacy, Icon: ShieldCheck },
  // Five fit below on a phone, and a backup lies on a computer: there, Me leads to it.
  { to: '/check', label: text.tabs.check, Icon: ScanSearch, desk: true },
  { to: '/me', label: text.tabs.me, Icon: CircleUserRound },
] as const;

/** Tabs below on a phone, beside on a desk, and sign-in while nobody is signed in. */
export function Shell() {
  const me = useMe();
  const queries = useQueryClient();
  useLiveUpdates(queries, Boolean(me.data));
  if (me.data === null)
    return (
      <SignIn text={text.signIn}>
        <PhoneRequests />
      </SignIn>
    );
  if (me.data === undefined) {
    return (
      <Gate title={text.signIn.title} lead="">
        {me.error ? <Problem error={me.error} /> : <Skeleton lines={2} />}
      </Gate>
    );
  }
  return (
    <div className={css.shell}>
      <button type="button" className={kit.skip} onClick={() => document.getElementById('main')?.focus()}>
        {text.shell.skip}
      </button>
      <nav className={css.tabs} aria-label={text.shell.navigation}>
        <span className={css.brand}>
          <Mark size={24} />
          Pavise
        </span>
        <ul>
          {TABS.map(({ to, label, Icon, ...rest }) => (
            <li key={to} className={'desk' in rest ? css.deskOnly : undefined}>
              <Link to={to} className={css.tab} activeOptions={{ exact: to === '/' }}>
                <Icon size={22} aria-hidden="true" />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" tabIndex={-1} className={css.main}>
        <Outlet />
      </main>
    </div>
  );
}
