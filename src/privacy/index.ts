/**
 * privacy: what each person may read of herself, and what staff see first.
 *
 * It reads every room for the person it is about: `privacy` lists all that is held on her and her phones, and who looked at it;
 * `myAccess` says where her phones stand and how to repair them; `overview` tells staff what needs them. Nothing is judged here: `access`
 * decides, and this room asks it. Whoever looks at somebody else's phone is written down first (`recordLook`, `recordPersonLook`); rooms
 * below get that as a function from `server`.
 */
export { recordLook, recordPersonLook } from './record-look.ts';
export { privacyRoutes } from './routes.ts';
