/** The part of js-yaml 4 that is used here; the package brings no types. */
declare module 'js-yaml' {
  interface State {
    readonly anchor: string | null | undefined;
  }
  export const FAILSAFE_SCHEMA: object;
  export function load(
    text: string,
    options: {
      readonly schema: object;
      readonly maxDepth: number;
      readonly listener: (event: 'open' | 'close', state: State) => void;
    },
  ): unknown;
}
