/**
 * report: what a check found, for people to read, keep and print. Pure, so that a browser makes the same pages as the command line.
 *
 * `reportHtml` makes one self-contained page (no script, no link that loads anything); `timelineCsv` and `timelineHtml` write the moments that
 * the modules told, the page with a list that stays smooth with a million rows. Evidence is hostile: every text is escaped, and cells that a
 * spreadsheet would run are disarmed. `headlineOf` and `adviceOf` are the one text on what a check comes to and what to do after it; command line, apps and guides say no other.
 */

export { isNote } from '../is-note.ts';
export { artefactName } from './artefact-name.ts';
export { adviceOf, closedOf, headlineOf } from './headline.ts';
export { markOf } from './mark-of.ts';
export { moreText } from './more-text.ts';
export { type ReportPage, reportHtml } from './report-html.ts';
export { SOURCE_NAMES } from './source-names.data.ts';
export { makeTimeline, type Timeline, timelineCsv } from './timeline.ts';
export { timelineHtml } from './timeline-html.ts';
