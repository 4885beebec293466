/** Day of the table: Apple's security releases, as macadmins/sofa (Apache-2.0) and Apple's software lookup listed them. */
export const VERSIONS_AS_OF = '2026-08-17';

/** Newest version of each line that still gets updates, and the letter of its builds. */
export const NEWEST_BY_BRANCH: ReadonlyMap<number, { readonly version: string; readonly letter: string }> = new Map([
  [12, { version: '12.5.8', letter: 'H' }],
  [15, { version: '15.8.8', letter: 'H' }],
  [16, { version: '16.7.16', letter: 'H' }],
  [17, { version: '17.7.11', letter: 'H' }],
  [18, { version: '18.7.10', letter: 'H' }],
  [26, { version: '26.6.1', letter: 'G' }],
]);

/** The number that builds begin with ("20B110"), and the version that it belongs to; Apple skipped from 18 to 26. */
export const BRANCH_OF_TRAIN: ReadonlyMap<number, number> = new Map([
  [13, 9],
  [14, 10],
  [15, 11],
  [16, 12],
  [17, 13],
  [18, 14],
  [19, 15],
  [20, 16],
  [21, 17],
  [22, 18],
  [23, 26],
]);
