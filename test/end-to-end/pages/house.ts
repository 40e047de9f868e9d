// The house that the page suites walk through: a server with the showcase in it, and a browser for it.
import { type Api, apiOf } from '../../support/api-client.ts';
import { type Backend, EMBEDDED } from '../../support/backends.ts';
import { type Chromium, startChromium } from '../../support/chromium.ts';
import { findFreePort } from '../../support/free-port.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { MailSink } from '../../support/mail-sink.ts';
import { Tour } from './tour.ts';

export const SIGN_IN = '/if/flow/default-authentication-flow/';

/** However busy the machine is: a suite of pages is one long walk. */
export const PATIENCE_MILLISECONDS = 600_000;

export interface House {
  readonly gatelodge: Gatelodge;
  readonly chromium: Chromium;
  readonly api: Api;
  readonly mail: MailSink;
  /** Where browsers find it: they know passkeys for names only, never for bare addresses. */
  readonly origin: string;
  begin(options?: Parameters<typeof Tour.begin>[2]): Promise<Tour>;
  /** A tour of somebody who has signed in with a password. */
  signedIn(username: string, password: string): Promise<Tour>;
  close(): Promise<void>;
}

export interface HouseOptions {
  /** False: nobody has moved in yet. */
  readonly isSetUp?: boolean;
  /** Names under which browsers find it too: those of applications, at port 80. */
  readonly hosts?: readonly string[];
  readonly backend?: Pick<Backend, 'database' | 'sessions'>;
  /** Settings beside, or instead of, the house's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** False: nobody has set GATELODGE_URL. */
  readonly knowsItsAddress?: boolean;
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const { isSetUp = true, hosts = [], backend = EMBEDDED, knowsItsAddress = true } = options;
  const mail = await MailSink.start();
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const environment = {
    SMTP_URL: mail.url,
    ...(knowsItsAddress && { GATELODGE_URL: origin }),
    GATELODGE_LISTEN_HTTP: `127.0.0.1:${port}`,
    ...options.environment,
  };
  const gatelodge = await startGatelodge({ ...backend, isSetUp, environment });
  const applications = hosts.map((host) => [host, `127.0.0.1:${port}`]);
  const chromium = await startChromium({ localhost: '127.0.0.1', ...Object.fromEntries(applications) });
  const origins = [origin, ...hosts.map((host) => `http://${host}`)];
  const begin: House['begin'] = (context) => Tour.begin(chromium, origins, context);
  return {
    gatelodge,
    chromium,
    api: apiOf(gatelodge.origin, API_TOKEN),
    mail,
    origin,
    begin,
    async signedIn(username, password) {
      const tour = await begin();
      await tour.page.goto(`${origin}${SIGN_IN}`);
      await tour.submit({ uid_field: username });
      await tour.submit({ password });
      return tour;
    },
    async close() {
      await chromium.close();
      await gatelodge.stop();
      await mail.stop();
    },
  };
}

/** Where an application of the showcase sends people to sign in. */
export function authorize(slug: string, callback = `https://${slug}.example.com/callback`): string {
  const scope = 'openid email profile groups';
  const query = { client_id: slug, redirect_uri: callback, response_type: 'code', scope, state: 'shown' };
  return `/application/o/authorize/?${new URLSearchParams(query)}`;
}
