// Gatelodge as a process that logs all it can, with a mail server, an application behind a proxy and one with OpenID
// Connect; and a browser that fills in whatever a page asks for.
import { type Api, apiOf } from '../../support/api-client.ts';
import type { Backend } from '../../support/backends.ts';
import { Browser } from '../../support/browser.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../../support/gatelodge-process.ts';
import { MailSink } from '../../support/mail-sink.ts';
import type { Page } from '../../support/page.ts';
import {
  createDataDirectory,
  createPostgresDatabase,
  createRedisDatabase,
  removeDataDirectory,
} from '../../support/services.ts';
import { createTcpRelay, type TcpRelay } from '../../support/tcp-relay.ts';
import { dumpDatabase, dumpRedis, type Secrets } from './traces.ts';

export const AUTH = 'http://auth.home.test';
export const APP = 'http://app.home.test';

export interface House {
  readonly server: GatelodgeProcess;
  readonly sink: MailSink;
  readonly api: Api;
  /** The way to the external database; undefined when it is embedded. */
  readonly database: TcpRelay | undefined;
  browser(): Browser;
  /** Everything that is stored, by table; ends the process. */
  dump(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

export async function openHouse(backend: Backend, secrets: Secrets): Promise<House> {
  const dataDirectory = await createDataDirectory('empty');
  const sink = await MailSink.start();
  const databaseUrl = backend.database === 'postgres' ? await createPostgresDatabase('empty') : undefined;
  const redisUrl = backend.sessions === 'redis' ? await createRedisDatabase() : undefined;
  const database = databaseUrl === undefined ? undefined : await createTcpRelay(databaseUrl);
  await database?.mend();
  const token = secrets.keep('bootstrap token', 'bootstrap-token-0123456789abcdefghijkl');
  const server = await startGatelodgeProcess({
    dataDirectory,
    environment: {
      GATELODGE_URL: AUTH,
      GATELODGE_LOG_LEVEL: 'trace',
      GATELODGE_SECRET_KEY: secrets.keep('secret key', 'the-key-of-the-house-0123456789abcdefghij'),
      GATELODGE_BOOTSTRAP_TOKEN: token,
      GATELODGE_BOOTSTRAP_PASSWORD: secrets.keep('bootstrap password', 'correct & "horse" + battery?'),
      SMTP_URL: sink.url,
      ...(database ? { DATABASE_URL: database.url } : {}),
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    },
  });
  await server.untilReady();
  return {
    server,
    sink,
    database,
    api: apiOf(server.origin, token),
    browser: () => new Browser({ origin: AUTH, proxied: { [AUTH]: server.origin, [APP]: server.origin } }),
    async dump() {
      await server.end('SIGTERM');
      const tables = await dumpDatabase({ databaseUrl, dataDirectory });
      return redisUrl ? new Map([...tables, ['Redis', await dumpRedis(redisUrl)]]) : tables;
    },
    async close() {
      await server.end('SIGTERM');
      await sink.stop();
      await database?.cut();
      removeDataDirectory(dataDirectory);
    },
  };
}

const STEPS_AT_MOST = 30;

/** Goes on from the page, typing what its first form asks for, until a redirect leaves our hosts or a page asks for more. */
export async function walk(start: Page, typed: Readonly<Record<string, string>>): Promise<Page> {
  let page = start;
  for (let step = 0; step < STEPS_AT_MOST; step++) {
    if (page.location && ![AUTH, APP].includes(page.location.origin)) return page;
    if (page.location) {
      page = await page.followRedirect();
      continue;
    }
    const form = page.document.querySelector('main form') && page.form('main form');
    const asked = form ? Object.keys(typed).filter((name) => name in form.fields) : [];
    if (!form || asked.length === 0 || page.status >= 400) return page;
    page = await form.submit(Object.fromEntries(asked.map((name) => [name, typed[name] ?? ''])));
  }
  throw new Error(`A walk without end, at ${page.url.href}`);
}
