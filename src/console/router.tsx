import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { NotFound, parseSearch, stringifySearch } from '../ui/index.ts';
import { Setup } from './setup.tsx';
import { Shell } from './shell.tsx';
import { text } from './text.ts';

const root = createRootRoute();
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: Setup,
  validateSearch: (search: Record<string, unknown>) => ({ token: String(search.token ?? '') }),
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

/** The filters that an address names, so that the way back leads to the same rows. */
function textsOf<Name extends string>(
  search: Record<string, unknown>,
  names: readonly Name[],
): { readonly [name in Name]?: string } {
  const texts: { [name in Name]?: string } = {};
  for (const name of names) if (search[name] !== undefined) texts[name] = String(search[name]);
  return texts;
}

const screens = [
  createRoute({
    getParentRoute: () => shell,
    path: '/',
    component: lazyRouteComponent(() => import('./screens/overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/devices',
    component: lazyRouteComponent(() => import('./screens/devices.tsx'), 'Devices'),
    validateSearch: (search: Record<string, unknown>): { state?: string } =>
      search.state === undefined ? {} : { state: String(search.state) },
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/devices/$id',
    component: lazyRouteComponent(() => import('./screens/device.tsx'), 'DevicePage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/devices/$id/privacy',
    component: lazyRouteComponent(() => import('./screens/owner-sees.tsx'), 'OwnerSees'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/people',
    component: lazyRouteComponent(() => import('./screens/people.tsx'), 'People'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/people/groups',
    component: lazyRouteComponent(() => import('./screens/groups.tsx'), 'Groups'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/people/requests',
    component: lazyRouteComponent(() => import('./screens/requests.tsx'), 'Requests'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/people/$id',
    component: lazyRouteComponent(() => import('./screens/person.tsx'), 'PersonPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/policies',
    component: lazyRouteComponent(() => import('./screens/policies.tsx'), 'Policies'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/policies/$id',
    component: lazyRouteComponent(() => import('./screens/policy.tsx'), 'PolicyPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/files',
    component: lazyRouteComponent(() => import('./screens/files.tsx'), 'Files'),
    validateSearch: (search: Record<string, unknown>): { file?: string } =>
      search.file === undefined ? {} : { file: String(search.file) },
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/findings',
    component: lazyRouteComponent(() => import('./screens/findings.tsx'), 'Findings'),
    validateSearch: (search) => textsOf(search, ['state', 'verdict', 'source']),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/findings/$id',
    component: lazyRouteComponent(() => import('./screens/finding.tsx'), 'FindingPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/findings/cases',
    component: lazyRouteComponent(() => import('./screens/cases.tsx'), 'Cases'),
    validateSearch: (search) => textsOf(search, ['status']),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/findings/cases/$id',
    component: lazyRouteComponent(() => import('./screens/case.tsx'), 'CasePage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/findings/indicators',
    component: lazyRouteComponent(() => import('./screens/indicators.tsx'), 'Indicators'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/training',
    component: lazyRouteComponent(() => import('./screens/training.tsx'), 'Training'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/audit',
    component: lazyRouteComponent(() => import('./screens/audit.tsx'), 'Audit'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/settings',
    component: lazyRouteComponent(() => import('./screens/settings.tsx'), 'Settings'),
    validateSearch: (search: Record<string, unknown>): { section?: string } =>
      search.section === undefined ? {} : { section: String(search.section) },
  }),
  // An address that was mistyped or is no more.
  createRoute({ getParentRoute: () => shell, path: '$', component: () => <NotFound {...text.nowhere} /> }),
];

export const router = createRouter({
  routeTree: root.addChildren([setup, shell.addChildren(screens)]),
  history: createHashHistory(),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
});
