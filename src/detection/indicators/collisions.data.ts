import type { Platform } from './platform.ts';

export interface Collision {
  /** An indicator of the published lists. */
  readonly type: 'process:name' | 'file:name' | 'file:path' | 'app:id' | 'android-property:name';
  readonly value: string;
  /** What is harmless and has the same name. */
  readonly harmless: string;
  /**
   * What follows: the name is looked for on the phones of one system alone, whatever collection it stands in; or it is common, so that it tells something
   * only where programs that ran are listed, and is a note elsewhere.
   */
  readonly decided: Platform | 'common';
  readonly why: string;
}

/**
 * Every indicator of the published lists whose name is one of the healthy names in `test/vectors/names`, and what was decided for it. A new one fails the
 * test beside this file until it stands here.
 */
export const COLLISIONS: readonly Collision[] = [
  {
    type: 'file:path',
    value: '/private/var/logs/keybagd/',
    harmless: 'the logs of keybagd, a daemon of every iPhone; healthy logs name the folder',
    decided: 'common',
    why: 'Predator kept files there, and so does iOS: the folder alone shows nothing',
  },
  {
    type: 'process:name',
    value: 'BackupAgent',
    harmless: 'a program that iOS 15 and 16 still have in /usr/libexec, and that nothing starts any more',
    decided: 'common',
    why: 'Operation Triangulation showed as network usage under this name (Kaspersky, 2023-06): one that ran is a trace, the file is none',
  },
  {
    type: 'process:name',
    value: 'gatekeeperd',
    harmless: 'the daemon of every Android phone that checks its PIN (AOSP system/core/gatekeeperd)',
    decided: 'ios',
    why: 'Pegasus ran under this name on iPhones, which have no such program',
  },
  {
    type: 'process:name',
    value: 'payload',
    harmless: 'a word of the dictionary',
    decided: 'common',
    why: 'no program of iPhones has the name: one that runs under it is a trace, a file or folder of that name is none',
  },
];
