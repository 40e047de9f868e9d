import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Config, loadConfig } from '../../src/platform/config/config.ts';

const KEY = 'a-secret-key-of-more-than-32-characters';
const configOf = (environment: NodeJS.ProcessEnv) =>
  loadConfig({ AUTHENTIK_SECRET_KEY: KEY, ...environment }).config;

/** `HOST=db` → `AUTHENTIK_POSTGRESQL__HOST: 'db'` */
function parts(group: string, ...assignments: string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [name = '', ...value] = assignment.split('=');
      return [`AUTHENTIK_${group}__${name}`, value.join('=')];
    }),
  );
}

describe("authentik's environment", () => {
  it('starts Gatelodge as it stands in its compose file', () => {
    const config = configOf({
      ...parts('POSTGRESQL', 'HOST=postgresql', 'NAME=authentik', 'USER=authentik', 'PASSWORD=p@ss/w%rd?#'),
      ...parts('REDIS', 'HOST=redis'),
      ...parts(
        'EMAIL',
        'HOST=mail.test',
        'PORT=587',
        'USERNAME=a@b.test',
        'PASSWORD=x y',
        'USE_TLS=true',
        'FROM=a@b.test',
      ),
      ...parts('LISTEN', 'HTTP=0.0.0.0:80', 'TRUSTED_PROXY_CIDRS=10.1.0.0/16'),
      AUTHENTIK_BOOTSTRAP_PASSWORD: 'correct horse',
      AUTHENTIK_BOOTSTRAP_TOKEN: 'token',
      AUTHENTIK_BOOTSTRAP_EMAIL: 'admin@b.test',
      AUTHENTIK_COOKIE_DOMAIN: 'b.test',
      AUTHENTIK_LOG_LEVEL: 'warning',
      AUTHENTIK_ERROR_REPORTING__ENABLED: 'true',
    });
    expect(config).toMatchObject({
      secretKey: KEY,
      databaseUrl: 'postgresql://authentik:p%40ss%2Fw%25rd%3F%23@postgresql:5432/authentik',
      redisUrl: 'redis://redis:6379/0',
      smtpUrl: 'smtp://a%40b.test:x%20y@mail.test:587/?requireTLS=true&connectionTimeout=10000',
      mailFrom: 'a@b.test',
      listenHttp: { host: '0.0.0.0', port: 80 },
      trustedProxies: ['10.1.0.0/16'],
      bootstrap: { password: 'correct horse', token: 'token', email: 'admin@b.test' },
      cookieDomain: 'b.test',
      logLevel: 'warn',
    });
  });

  it.each<[NodeJS.ProcessEnv, Partial<Config>]>([
    [
      parts('POSTGRESQL', 'HOST=2001:db8::5', 'PORT=5433'),
      { databaseUrl: 'postgresql://authentik@[2001:db8::5]:5433/authentik' },
    ],
    [
      parts('POSTGRESQL', 'HOST=db', 'SSLMODE=prefer'),
      { databaseUrl: 'postgresql://authentik@db:5432/authentik' },
    ],
    [
      parts('POSTGRESQL', 'HOST=db', 'SSLMODE=require'),
      { databaseUrl: 'postgresql://authentik@db:5432/authentik?sslmode=require&uselibpqcompat=true' },
    ],
    [
      parts('POSTGRESQL', 'HOST=db', 'SSLMODE=verify-full'),
      { databaseUrl: 'postgresql://authentik@db:5432/authentik?sslmode=verify-full' },
    ],
    [parts('POSTGRESQL', 'PASSWORD=alone'), { databaseUrl: undefined }],
    [
      parts('REDIS', 'HOST=cache', 'PORT=6380', 'DB=2', 'PASSWORD=a:b'),
      { redisUrl: 'redis://:a%3Ab@cache:6380/2' },
    ],
    [
      parts('EMAIL', 'HOST=mail.test', 'PORT=465', 'USE_SSL=True', 'TIMEOUT=5'),
      { smtpUrl: 'smtps://mail.test:465/?ignoreTLS=true&connectionTimeout=5000' },
    ],
    [parts('EMAIL', 'FROM=a@b.test'), { smtpUrl: undefined, mailFrom: 'a@b.test' }],
  ])('%j gives %j', (environment, expected) => {
    expect(configOf(environment)).toMatchObject(expected);
  });

  it('gives way to our own names', () => {
    const both = { DATABASE_URL: 'postgres://ours/db', ...parts('POSTGRESQL', 'HOST=theirs') };
    expect(configOf(both).databaseUrl).toBe('postgres://ours/db');
  });

  it('may refer to files and to other variables, with a default', () => {
    const directory = mkdtempSync(join(tmpdir(), 'gatelodge-authentik-'));
    const path = join(directory, 'password');
    writeFileSync(path, 'from-file\n');
    const password = (reference: string) =>
      configOf({ PG_PASS: 'from-variable', ...parts('POSTGRESQL', 'HOST=db', `PASSWORD=${reference}`) })
        .databaseUrl;

    expect(password(`file://${path}`)).toContain(':from-file@');
    expect(password('file:///nonexistent?fallback')).toContain(':fallback@');
    expect(password('env://PG_PASS')).toContain(':from-variable@');
    expect(password('env://ABSENT?fallback')).toContain(':fallback@');
    rmSync(directory, { recursive: true });
  });
});
