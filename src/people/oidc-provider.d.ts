/** The part of oidc-provider that the test uses; the package brings no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  interface Account {
    readonly accountId: string;
    claims(): { readonly sub: string; readonly [claim: string]: string | boolean };
  }
  export default class Provider {
    constructor(
      issuer: string,
      configuration: {
        readonly clients: readonly object[];
        readonly claims: { readonly [scope: string]: readonly string[] };
        readonly findAccount: (context: unknown, sub: string) => Account;
        readonly pkce: { readonly required: () => boolean };
        readonly cookies: { readonly keys: readonly string[] };
      },
    );
    callback(): RequestListener;
  }
}
