import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { NotFound, parseSearch, stringifySearch } from '../ui/index.ts';
import { Today } from './screens/today.tsx';
import { Shell } from './shell.tsx';
import { text } from './text.ts';

const withToken = (search: Record<string, unknown>): { token: string } => ({ token: String(search.token ?? '') });

const root = createRootRoute();
const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  component: lazyRouteComponent(() => import('./screens/join.tsx'), 'Join'),
  validateSearch: withToken,
});
const enrol = createRoute({
  getParentRoute: () => root,
  path: '/enrol',
  component: lazyRouteComponent(() => import('./screens/enrol.tsx'), 'Enrol'),
  validateSearch: withToken,
});
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const screens = [
  createRoute({ getParentRoute: () => shell, path: '/', component: Today }),
  createRoute({
    getParentRoute: () => shell,
    path: '/files',
    component: lazyRouteComponent(() => import('./screens/files.tsx'), 'Files'),
    validateSearch: (search: Record<string, unknown>): { share?: string } =>
      search.share === undefined ? {} : { share: String(search.share) },
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/files/$id',
    component: lazyRouteComponent(() => import('./screens/viewer.tsx'), 'Viewer'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/learn',
    component: lazyRouteComponent(() => import('./screens/learn.tsx'), 'Learn'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/learn/$id',
    component: lazyRouteComponent(() => import('./screens/lesson.tsx'), 'Lesson'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/agreements/$id',
    component: lazyRouteComponent(() => import('./screens/agreement.tsx'), 'Agreement'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/check',
    component: lazyRouteComponent(() => import('./screens/check.tsx'), 'CheckScreen'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/privacy',
    component: lazyRouteComponent(() => import('./screens/privacy.tsx'), 'Privacy'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: '/me',
    component: lazyRouteComponent(() => import('./screens/me.tsx'), 'MePage'),
  }),
  // An address that was mistyped or is no more.
  createRoute({ getParentRoute: () => shell, path: '$', component: () => <NotFound {...text.nowhere} /> }),
];

export const router = createRouter({
  routeTree: root.addChildren([join, enrol, shell.addChildren(screens)]),
  history: createHashHistory(),
  parseSearch,
  stringifySearch,
});
