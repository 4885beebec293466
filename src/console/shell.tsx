import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import {
  FileLock2,
  Fingerprint,
  GraduationCap,
  LayoutDashboard,
  LogOut,
  Menu,
  ScrollText,
  Settings,
  SlidersHorizontal,
  Smartphone,
  TriangleAlert,
  Users,
  X,
} from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import {
  Button,
  cx,
  Dialog,
  Gate,
  kit,
  Mark,
  NewNotices,
  Problem,
  SignIn,
  Skeleton,
  signOut,
  useLiveUpdates,
  useMe,
} from '../ui/index.ts';
import { AuditAlarm } from './audit-alarm.tsx';
import css from './shell.module.css';
import { text } from './text.ts';

const RAIL = [
  { to: '/', key: 'o', label: text.rail.overview, Icon: LayoutDashboard },
  { to: '/devices', key: 'd', label: text.rail.devices, Icon: Smartphone },
  { to: '/people', key: 'p', label: text.rail.people, Icon: Users },
  { to: '/policies', key: 'l', label: text.rail.policies, Icon: SlidersHorizontal },
  { to: '/files', key: 'f', label: text.rail.files, Icon: FileLock2 },
  { to: '/findings', key: 'i', label: text.rail.findings, Icon: TriangleAlert },
  { to: '/training', key: 't', label: text.rail.training, Icon: GraduationCap },
  { to: '/audit', key: 'a', label: text.rail.audit, Icon: ScrollText },
  { to: '/settings', key: 's', label: text.rail.settings, Icon: Settings },
] as const;

/** Everything around a screen, and sign-in while nobody is signed in. */
export function Shell() {
  const me = useMe();
  const queries = useQueryClient();
  const mayManage = me.data !== null && me.data !== undefined && me.data.role !== 'member';
  useLiveUpdates(queries, mayManage);
  const [helpOpen, setHelpOpen] = useState(false);
  useShortcuts(() => setHelpOpen(true));
  const { pathname } = useLocation();
  // On a phone the sections are behind a button; it closes when one of them is reached.
  const [menuAt, setMenuAt] = useState<string | null>(null);
  const menuOpen = menuAt === pathname;
  const menu = useRef<HTMLButtonElement>(null);

  if (me.data === null) return <SignIn text={text.signIn} />;
  if (me.data === undefined) {
    return (
      <Gate title={text.signIn.title} lead="">
        {me.error ? <Problem error={me.error} /> : <Skeleton lines={2} />}
      </Gate>
    );
  }
  if (!mayManage) {
    return (
      <Gate title={text.shell.memberTitle} lead={text.shell.memberLead}>
        <a className={cx(kit.button, kit.primary, kit.large)} href="/workspace/">
          {text.shell.toWorkspace}
        </a>
      </Gate>
    );
  }
  return (
    <div className={css.shell}>
      <button type="button" className={kit.skip} onClick={() => document.getElementById('main')?.focus()}>
        {text.shell.skip}
      </button>
      <nav
        className={css.rail}
        aria-label={text.shell.navigation}
        data-open={menuOpen}
        onKeyDown={({ key }) => {
          if (key !== 'Escape' || !menuOpen) return;
          setMenuAt(null);
          menu.current?.focus();
        }}
      >
        <Link to="/" className={css.brand} aria-label="Pavise">
          <Mark size={22} />
          <span>Pavise</span>
        </Link>
        <span className={css.here} aria-hidden="true">
          {RAIL.find(({ to }) => (to === '/' ? pathname === '/' : pathname.startsWith(to)))?.label}
        </span>
        <button
          ref={menu}
          type="button"
          className={css.menu}
          aria-expanded={menuOpen}
          aria-controls="sections"
          onClick={() => setMenuAt(menuOpen ? null : pathname)}
        >
          {menuOpen ? <X size={20} aria-hidden="true" /> : <Menu size={20} aria-hidden="true" />}
          {text.shell.menu}
        </button>
        <ul id="sections" className={css.links}>
          {RAIL.map(({ to, label, Icon }) => (
            <li key={to}>
              <Link
                to={to}
                className={css.link}
                onClick={() => setMenuAt(null)}
                activeOptions={{ exact: to === '/', includeSearch: false }}
              >
                <Icon size={17} aria-hidden="true" />
                <span>{label}</span>
              </Link>
            </li>
          ))}
        </ul>
        <div className={css.me}>
          <a href="/workspace/" className={css.link}>
            <Fingerprint size={17} aria-hidden="true" />
            <span>{me.data.displayName}</span>
          </a>
          <button
            type="button"
            className={css.link}
            onClick={() => void signOut().finally(() => void queries.resetQueries())}
          >
            <LogOut size={17} aria-hidden="true" />
            <span>{text.shell.signOut}</span>
          </button>
        </div>
      </nav>
      <main id="main" tabIndex={-1} className={css.main}>
        <AuditAlarm />
        <NewNotices text={text.shell.account} />
        <Outlet />
      </main>
      <Dialog title={text.help.title} open={helpOpen} onClose={() => setHelpOpen(false)}>
        <dl className={css.keys}>
          {[['/', text.help.search], ['?', text.help.title], ...RAIL.map(({ key, label }) => [`g ${key}`, label])].map(
            ([keys, what]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ),
          )}
        </dl>
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={() => setHelpOpen(false)}>{text.close}</Button>
        </div>
      </Dialog>
    </div>
  );
}

/** `/` search, `?` help, `g` then a letter goes to a screen. */
function useShortcuts(openHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let afterG = false;
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (event.metaKey || event.ctrlKey || event.altKey || target?.closest('input, textarea, select, [role="dialog"]'))
        return;
      const goal = afterG ? RAIL.find(({ key }) => key === event.key) : undefined;
      afterG = event.key === 'g';
      if (goal) void navigate({ to: goal.to });
      else if (event.key === '?') openHelp();
      else if (event.key === '/') {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, openHelp]);
}
