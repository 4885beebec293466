/**
 * console: the administrators' web app.
 *
 * Hash routes (`router.tsx`), each screen its own chunk in `screens/`. Every screen asks the server through `useQuery` and the room's
 * wire schemas, and is asked again when a live event arrives. Text stands in `text.ts`, colours in `ui/tokens.css`.
 */
import { boot } from '../ui/index.ts';
import { router } from './router.tsx';
import { text } from './text.ts';

boot(router, text);
