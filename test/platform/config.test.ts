import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Config, type LoadedConfig, loadConfig } from '../../src/platform/config/config.ts';
import { ConfigurationFault } from '../../src/platform/config/fault.ts';

const KEY = 'a-secret-key-of-more-than-32-characters';
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatelodge-config-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function load(environment: NodeJS.ProcessEnv, envFile?: string): LoadedConfig {
  return loadConfig({ GATELODGE_SECRET_KEY: KEY, ...environment }, envFile);
}

function faultsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigurationFault) return error.faults;
    throw error;
  }
  return [];
}

function written(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('settings', () => {
  it('all have a working default', () => {
    expect(load({}).config).toMatchObject({
      listenHttp: { host: '::', port: 9000 },
      listenHttps: { host: '::', port: 9443 },
      listenMetrics: { host: '::', port: 9300 },
      dataDirectory: join(process.cwd(), 'data'),
      databaseUrl: undefined,
      previousSecretKeys: [],
      eventRetentionDays: 365,
      isDevelopment: false,
      passwordHashing: { memoryKib: 19_456, passes: 2, parallelism: 1, queueLimit: 100 },
    });
  });

  it('trust loopback, private and link-local proxies unless told otherwise', () => {
    expect(load({}).config.trustedProxies).toEqual(
      expect.arrayContaining(['127.0.0.0/8', '::1/128', '192.168.0.0/16', 'fe80::/10']),
    );
    expect(load({ GATELODGE_TRUSTED_PROXIES: 'none' }).config.trustedProxies).toEqual([]);
  });

  it.each<[string, string, Partial<Config>]>([
    ['GATELODGE_LISTEN_HTTP', '127.0.0.1:80', { listenHttp: { host: '127.0.0.1', port: 80 } }],
    ['GATELODGE_LISTEN_HTTP', 'localhost:0', { listenHttp: { host: 'localhost', port: 0 } }],
    ['GATELODGE_LISTEN_HTTP', '[::1]:9000', { listenHttp: { host: '::1', port: 9000 } }],
    ['GATELODGE_LISTEN_HTTP', ':9000', { listenHttp: { host: '::', port: 9000 } }],
    ['GATELODGE_LISTEN_HTTP', 'unix:/run/gatelodge', { listenHttp: { path: '/run/gatelodge' } }],
    ['GATELODGE_URL', 'https://auth.example.com/', { url: 'https://auth.example.com' }],
    ['GATELODGE_URL', 'HTTPS://Auth.Example.com:443', { url: 'https://auth.example.com' }],
    ['GATELODGE_URL', 'http://[::1]:9000', { url: 'http://[::1]:9000' }],
    [
      'GATELODGE_TRUSTED_PROXIES',
      '203.0.113.7, 2001:db8::/32',
      { trustedProxies: ['203.0.113.7/32', '2001:db8::/32'] },
    ],
    ['GATELODGE_COOKIE_DOMAIN', '.Example.com', { cookieDomain: 'example.com' }],
    ['GATELODGE_MAIL_FROM', 'Home <auth@example.com>', { mailFrom: 'Home <auth@example.com>' }],
    ['GATELODGE_LOG_LEVEL', 'warning', { logLevel: 'warn' }],
    ['GATELODGE_PREVIOUS_SECRET_KEYS', `${KEY}1,${KEY}2`, { previousSecretKeys: [`${KEY}1`, `${KEY}2`] }],
    ['NODE_ENV', 'development', { isDevelopment: true }],
    ['GATELODGE_URL', '', { url: undefined }],
  ])('read %s=%s', (name, value, expected) => {
    expect(load({ [name]: value }).config).toMatchObject(expected);
  });
});

describe('a faulty setting', () => {
  it.each([
    ['GATELODGE_LISTEN_HTTP', '9000', 'host:port, [IPv6]:port, :port or unix:/path; for example [::]:9000.'],
    ['GATELODGE_LISTEN_HTTP', 'localhost:70000', 'host:port'],
    ['GATELODGE_LISTEN_HTTP', '[::zz]:9000', 'host:port'],
    ['GATELODGE_LISTEN_HTTP', '::1:9000', 'host:port'],
    ['GATELODGE_LISTEN_HTTP', 'unix:', 'host:port'],
    ['GATELODGE_URL', 'auth.example.com', 'an http:// or https:// address'],
    ['GATELODGE_URL', 'https://example.com/auth', 'with nothing after the host and port'],
    ['GATELODGE_URL', 'https://user@example.com', 'with nothing after the host and port'],
    ['GATELODGE_URL', 'javascript:alert(1)', 'an http:// or https:// address'],
    ['GATELODGE_TRUSTED_PROXIES', '10.0.0.0/8,home', 'addresses or networks (CIDR)'],
    ['GATELODGE_TRUSTED_PROXIES', '10.0.0.0/99', 'addresses or networks (CIDR)'],
    ['GATELODGE_EVENT_RETENTION_DAYS', 'a year', 'a whole number from 1 to 36500; for example 365.'],
    ['GATELODGE_EVENT_RETENTION_DAYS', '-1', 'a whole number'],
    ['GATELODGE_LOG_LEVEL', 'loud', 'one of trace, debug'],
    ['GATELODGE_MAIL_FROM', 'Gatelodge', 'an e-mail address, alone or as Name <address>'],
    ['GATELODGE_BOOTSTRAP_EMAIL', 'root', 'an e-mail address'],
    ['GATELODGE_COOKIE_DOMAIN', 'https://example.com', 'a domain name'],
  ])('%s=%s is answered with what was given, what is expected, and an example', (name, value, expected) => {
    const [fault] = faultsOf({ [name]: value });
    expect(fault).toContain(`${name}: got ${JSON.stringify(value)}, expected `);
    expect(fault).toContain(expected);
  });

  it.each([
    ['DATABASE_URL', 'mysql://app:hunter2@db/app', 'begins with postgresql:// or postgres://'],
    ['REDIS_URL', 'redis:hunter2', 'begins with redis:// or rediss://'],
    ['SMTP_URL', 'mail.example.com:hunter2', 'begins with smtp:// or smtps://'],
    ['GATELODGE_SECRET_KEY', 'hunter2', 'at least 32 characters'],
    ['GATELODGE_PREVIOUS_SECRET_KEYS', `${KEY},hunter2`, 'keys of at least 32 characters'],
  ])('%s never shows its value', (name, value, expected) => {
    const [fault] = faultsOf({ [name]: value });
    expect(fault).toContain(`${name}: got a value that is not shown here, expected `);
    expect(fault).toContain(expected);
    expect(fault).not.toContain('hunter2');
  });

  it('is reported together with all the others', () => {
    const faults = faultsOf({ GATELODGE_URL: 'x', GATELODGE_LISTEN_HTTP: 'y', AUTHENTIK_LOG_LEVEL: 'loud' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'GATELODGE_URL',
      'GATELODGE_LISTEN_HTTP',
      'AUTHENTIK_LOG_LEVEL',
    ]);
    expect(new ConfigurationFault(faults).message).toMatch(
      /^3 settings cannot be used:\n {2}- GATELODGE_URL/,
    );
  });

  it('may be a contradiction: a cookie domain that the public address does not belong to', () => {
    const url = 'https://auth.example.com';
    expect(faultsOf({ GATELODGE_URL: url, GATELODGE_COOKIE_DOMAIN: 'example.com' })).toEqual([]);
    expect(faultsOf({ GATELODGE_URL: url, GATELODGE_COOKIE_DOMAIN: 'ample.com' })).toHaveLength(1);
  });
});

describe('a secret from a file', () => {
  it('is read without the newline at its end', () => {
    const path = written('key', `${KEY}-from-file\n`);
    const { config, report } = loadConfig({ GATELODGE_SECRET_KEY_FILE: path });
    expect(config.secretKey).toBe(`${KEY}-from-file`);
    expect(report.find(({ name }) => name === 'GATELODGE_SECRET_KEY')).toEqual({
      name: 'GATELODGE_SECRET_KEY',
      value: '***',
      source: 'file',
      from: `GATELODGE_SECRET_KEY_FILE (${path})`,
    });
  });

  it.each([
    ['is missing', () => '/nonexistent/key', 'cannot be read (ENOENT'],
    ['is empty', () => written('empty', '\n'), 'which is empty'],
    ['holds something else', () => written('short', 'hunter2'), 'expected at least 32 characters'],
  ])('is a fault when the file %s', (_what, path, expected) => {
    const [fault] = faultsOf({ GATELODGE_SECRET_KEY: '', GATELODGE_SECRET_KEY_FILE: path() });
    expect(fault).toMatch(/^GATELODGE_SECRET_KEY_FILE/);
    expect(fault).toContain(expected);
    expect(fault).not.toContain('hunter2');
  });

  it('is a fault when the value is given as well', () => {
    expect(
      faultsOf({ DATABASE_URL: 'postgres://db/a', DATABASE_URL_FILE: written('url', 'postgres://db/b') }),
    ).toEqual(['DATABASE_URL and DATABASE_URL_FILE are both given; keep one of them.']);
  });
});

describe('a .env file', () => {
  it('stands beneath the real environment', () => {
    const envFile = written(
      '.env',
      'GATELODGE_URL=https://file.test\nGATELODGE_MAIL_FROM="Home <a@b.test>"\nPG_PASS=x\n',
    );
    const { config, report } = load({ GATELODGE_URL: 'https://real.test' }, envFile);
    expect(config).toMatchObject({ url: 'https://real.test', mailFrom: 'Home <a@b.test>' });
    expect(report).toContainEqual(expect.objectContaining({ name: 'GATELODGE_URL', source: 'environment' }));
    expect(report).toContainEqual(expect.objectContaining({ name: 'GATELODGE_MAIL_FROM', source: '.env' }));
  });

  it('need not exist', () => {
    expect(load({}, join(directory, 'absent')).config.mailFrom).toContain('gatelodge@localhost');
  });
});

describe('the report of effective settings', () => {
  it('names each source and shows no password', () => {
    const { report } = load({
      DATABASE_URL: 'postgresql://app:hunter2@db:5432/app?sslpassword=hunter2',
      AUTHENTIK_REDIS__HOST: 'cache',
      AUTHENTIK_REDIS__PASSWORD: 'hunter2',
      GATELODGE_BOOTSTRAP_PASSWORD: 'https://user:hunter2@example.com',
    });
    const shown = Object.fromEntries(report.map(({ name, value, source }) => [name, [value, source]]));
    expect(shown).toMatchObject({
      DATABASE_URL: ['postgresql://app:***@db:5432/app?sslpassword=***', 'environment'],
      REDIS_URL: ['redis://:***@cache:6379/0', 'alias'],
      GATELODGE_BOOTSTRAP_PASSWORD: ['***', 'environment'],
      GATELODGE_SECRET_KEY: ['***', 'environment'],
      GATELODGE_LISTEN_HTTP: ['[::]:9000', 'default'],
      SMTP_URL: [undefined, 'default'],
    });
    expect(JSON.stringify(report)).not.toContain('hunter2');
  });
});

describe('an unknown name', () => {
  it.each([
    ['GATELODGE_TRUSTED_PROXYS', ' Did you mean GATELODGE_TRUSTED_PROXIES?'],
    ['GATELODGE_DATABASE_URL', ' Did you mean DATABASE_URL?'],
    ['GATELODGE_SECRET_KEY_FIL', ' Did you mean GATELODGE_SECRET_KEY_FILE?'],
    ['GATELODGE_SOMETHING_ELSE_ENTIRELY', ''],
  ])('%s is reported with what was probably meant', (name, suggestion) => {
    expect(load({ [name]: 'x' }).notices).toEqual([
      `${name} is not a setting and changes nothing.${suggestion}`,
    ]);
  });

  it('is not what Kubernetes and Docker put beside a service called "gatelodge"', () => {
    const injected = [
      'SERVICE_HOST',
      'SERVICE_PORT',
      'SERVICE_PORT_HTTP',
      'PORT',
      'PORT_9000_TCP_ADDR',
      'DB_PORT_5432_TCP',
    ];
    expect(load(Object.fromEntries(injected.map((name) => [`GATELODGE_${name}`, 'x']))).notices).toEqual([]);
  });

  it("of authentik's is ignored, with one line for all", () => {
    const { notices } = load({
      AUTHENTIK_DISABLE_UPDATE_CHECK: 'true',
      AUTHENTIK_WEB__THREADS: '2',
      AUTHENTIK_EMAIL__FROM: 'a@b.test',
      AUTHENTIK_EMAIL__TIMEOUT: '10',
    });
    expect(notices).toEqual([
      'Settings of authentik without a counterpart here are ignored: AUTHENTIK_DISABLE_UPDATE_CHECK, AUTHENTIK_WEB__THREADS.',
    ]);
  });
});
