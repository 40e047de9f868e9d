// A browser and an OpenID Connect client in one: walks to a code, typing name and password where a page asks for them,
// and redeems codes and refresh tokens. Plain node:http with kept connections, so that it costs little beside the server
// that it measures; it checks nothing but success.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface RelyingPartyOptions {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly client: {
    readonly id: string;
    readonly secret: string;
    readonly redirectUri: string;
    readonly scope: string;
  };
  readonly person: { readonly username: string; readonly password: string };
}

/** The token endpoint said no; the answer is in the message. */
export class TokenRefused extends Error {}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Form {
  readonly action: string;
  readonly fields: URLSearchParams;
}

const STEPS_AT_MOST = 20;

/** One person's browser and one client's server side, at one identity provider. */
export class RelyingParty {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #cookies = new Map<string, string>();
  readonly #options: RelyingPartyOptions;

  constructor(options: RelyingPartyOptions) {
    this.#options = options;
  }

  /** Asks for a code; signs in where a page asks for it, which it does the first time. */
  authorize(): Promise<string> {
    const { username, password } = this.#options.person;
    return this.#walkToCode({ uid_field: username, password });
  }

  /** Asks for a code; throws when the session does not suffice and a page asks for anything. */
  authorizeBySession(): Promise<string> {
    return this.#walkToCode({});
  }

  async #walkToCode(typed: Readonly<Record<string, string>>): Promise<string> {
    const { client, authorizationEndpoint } = this.#options;
    const query = new URLSearchParams({
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope: client.scope,
      response_type: 'code',
      state: 'some-state',
      nonce: 'some-nonce',
    });
    let url = `${authorizationEndpoint}?${query}`;
    let form: Form | undefined;
    for (let step = 0; step < STEPS_AT_MOST; step += 1) {
      const reply = await this.#browse(url, form);
      const location = reply.headers.location && new URL(reply.headers.location, url).href;
      if (location?.startsWith(client.redirectUri)) return codeOf(location);
      form = location ? undefined : filledForm(reply, typed);
      url = location || new URL(form?.action || url, url).href;
    }
    throw new Error(`No code after ${STEPS_AT_MOST} steps; the last was ${url}`);
  }

  /** Redeems a code; returns the refresh token. */
  redeem(code: string): Promise<string> {
    return this.#token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.#options.client.redirectUri,
    });
  }

  /** Returns the next refresh token. */
  refresh(refreshToken: string): Promise<string> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #token(parameters: Record<string, string>): Promise<string> {
    const { client, tokenEndpoint } = this.#options;
    const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
    const reply = await this.#send(tokenEndpoint, new URLSearchParams(parameters), { authorization });
    const { refresh_token, id_token, access_token } = JSON.parse(reply.body);
    if (reply.status !== 200 || !id_token || !access_token || !refresh_token) {
      throw new TokenRefused(`Token endpoint answered ${reply.status}: ${reply.body}`);
    }
    return refresh_token;
  }

  async #browse(url: string, form?: Form): Promise<Reply> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await this.#send(url, form?.fields, { cookie, origin: new URL(url).origin });
    for (const line of reply.headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';', 1);
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(name.length + 1);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return reply;
  }

  #send(url: string, form: URLSearchParams | undefined, headers: Record<string, string>): Promise<Reply> {
    const body = form?.toString();
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const outgoing = request(url, {
      agent: this.#agent,
      method: body === undefined ? 'GET' : 'POST',
      headers:
        body === undefined ? headers : { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    });
    outgoing.on('error', reject);
    outgoing.on('response', async (incoming) => {
      const chunks = await incoming.toArray();
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      });
    });
    outgoing.end(body);
    return promise;
  }
}

function codeOf(location: string): string {
  const code = new URL(location).searchParams.get('code');
  if (!code) throw new Error(`The server sent the browser back without a code: ${location}`);
  return code;
}

/** The page's form with its hidden fields, and what the person types; a page that asks for more than that is thrown. */
function filledForm(reply: Reply, typed: Readonly<Record<string, string>>): Form {
  const [, attributes = '', content = ''] = /<form\b([^>]*)>(.*?)<\/form>/s.exec(reply.body) ?? [];
  if (!content) throw new Error(`Neither a redirect nor a form: ${reply.status} ${reply.body.slice(0, 500)}`);
  const fields = new URLSearchParams();
  for (const [input] of content.matchAll(/<input\b[^>]*>/g)) {
    const name = attributeOf(input, 'name');
    const value = typed[name];
    if (value !== undefined) fields.set(name, value);
    else if (attributeOf(input, 'type') === 'hidden') fields.set(name, attributeOf(input, 'value'));
    else if (name === 'password') throw new Error('The page asks for a password');
  }
  return { action: attributeOf(attributes, 'action'), fields };
}

function attributeOf(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
}
