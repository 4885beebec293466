import * as oidc from 'openid-client';
import { boundedFetch } from './bounded-fetch.ts';
import { PeopleError } from './people-error.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const TIMEOUT_SECONDS = 10;

/**
 * Fetches what an identity provider says of itself (OpenID Connect Discovery 1.0, section 4) and checks that it is that provider.
 *
 * @throws PeopleError `people-oidc-issuer` (400), which says what to change; plain http serves loopback only
 */
export async function discoverProvider(
  issuer: string,
  clientId: string,
  clientSecret: string | undefined,
): Promise<oidc.Configuration> {
  const server = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (server === undefined) throw refused('Write the issuer as a whole address, such as https://login.example.org');
  const plain = server.protocol === 'http:';
  if (plain && !LOOPBACK.has(server.hostname)) {
    throw refused('Use the https address of the provider: plain http serves loopback only');
  }
  const found = await oidc
    .discovery(server, clientId, clientSecret, undefined, {
      timeout: TIMEOUT_SECONDS,
      [oidc.customFetch]: boundedFetch,
      ...(plain ? { execute: [oidc.allowInsecureRequests] } : {}),
    })
    .catch((error: unknown) => {
      throw refused(whatToDo(error, server));
    });
  // Browsers are sent there: to a page of the web and nowhere else.
  const signInPage = found.serverMetadata().authorization_endpoint;
  const protocol = signInPage !== undefined && URL.canParse(signInPage) ? new URL(signInPage).protocol : '';
  if (protocol === 'https:' || (plain && protocol === 'http:')) return found;
  throw refused('Ask the provider: its discovery document names no sign-in page that browsers can be sent to');
}

/** What the provider answered stays out of the sentence: it may be any page of any network that the server reaches. */
function whatToDo(error: unknown, { host }: URL): string {
  switch (codeOf(error)) {
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
    case 'OAUTH_RESPONSE_IS_NOT_JSON':
    case 'OAUTH_PARSE_ERROR':
    case 'OAUTH_INVALID_RESPONSE':
      return `Check the path of the issuer: "${host}" answers, and has no discovery document there`;
    case 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED':
      return `Copy the issuer exactly as the provider writes it: "${host}" names itself by another address`;
    case 'OAUTH_TIMEOUT':
      return `Try again, or check the firewall: "${host}" did not answer within ${TIMEOUT_SECONDS} seconds`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `Check the spelling of the issuer: no server is known by the name "${host}"`;
    case 'ECONNREFUSED':
      return `Check the port of the issuer: "${host}" takes no connection`;
    default:
      return /CERT|TLS|SSL|ALTNAME|SIGNATURE/.test(codeOf(error))
        ? `Mend the certificate of the provider: the one of "${host}" is not trusted`
        : `Check the issuer: no discovery document could be read at "${host}"`;
  }
}

/** fetch() hides the reason one level down, and openid-client another. */
function codeOf(error: unknown, levels = 3): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return levels === 0 ? '' : codeOf(error.cause, levels - 1);
}

function refused(message: string): PeopleError {
  return new PeopleError('people-oidc-issuer', 400, message);
}
