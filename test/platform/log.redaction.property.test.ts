// Security: secrets, codes, tokens and cookies never reach the log (contract §1, "Logs"), however they are handed to it.
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/platform/telemetry/log.ts';

const SECRET = 'Hunter2-abcdefghij';

function written(
  write: (log: ReturnType<typeof createLog>) => void,
  logFormat: 'json' | 'pretty' = 'json',
): string {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  write(createLog({ logLevel: 'trace', logFormat }, destination));
  return lines.join('');
}

const NAMES = [
  'authorization',
  'Authorization',
  'Proxy-Authorization',
  'cookie',
  'Set-Cookie',
  'set-cookie',
  'password',
  'password_repeat',
  'newPassword',
  'passwordHash',
  'code',
  'user_code',
  'code_verifier',
  'otp',
  'token',
  'access_token',
  'refreshToken',
  'id_token_hint',
  'client_secret',
  'clientSecret',
  'secretKey',
  'GATELODGE_SECRET_KEY',
];

describe('a value under a telling name', () => {
  it.each(NAMES)('is hidden: %s, at any depth, also in a child and an array', (name) => {
    const output = written((log) => {
      log.info({ [name]: SECRET });
      log.info({ request: { headers: { [name]: [SECRET] } } });
      log.info({ all: [{ deep: { deeper: { [name]: SECRET } } }] });
      log.child({ [name]: SECRET }).info('From a child.');
      log.error(Object.assign(new Error('Refused.'), { details: { [name]: SECRET } }));
    });
    expect(output).not.toContain('Hunter2');
    expect(output.match(/\(hidden\)/g)).toHaveLength(5);
  });

  it('is hidden on a terminal too', () => {
    const output = written((log) => log.info({ headers: { cookie: SECRET } }, 'Asked.'), 'pretty');
    expect(output).toContain('Asked.');
    expect(output).not.toContain('Hunter2');
  });

  it('stays when it only says whether there is one', () => {
    expect(written((log) => log.info({ token: true, password: null }))).toContain(
      '"token":true,"password":null',
    );
  });
});

describe('a text with a secret in it', () => {
  it.each([
    ['a code in a query', `/callback?state=x&code=${SECRET}&iss=y`],
    ['a code in the first place', `/callback?code=${SECRET}`],
    ['a code inside an escaped address', `/start?rd=https%3A%2F%2Fa.test%2F%3Fcode%3D${SECRET}%26x%3D1`],
    ['a token in a fragment', `https://a.test/#access_token=${SECRET}`],
    ['a form', `grant_type=password&password=${SECRET}`],
    ['a client secret alone', `client_secret=${SECRET}`],
    ['an id token hint', `/end-session/?id_token_hint=${SECRET}.${SECRET}`],
    ['a bearer token', `Authorization: Bearer ${SECRET}`],
    ['basic credentials', `authorization: basic ${SECRET}`],
    ['our session cookie', `Cookie: theme=dark; gatelodge_session=${SECRET}; other=1`],
    ['a cookie with a prefix', `__Host-gatelodge_session=${SECRET}`],
    ['a database address', `postgresql://app:${SECRET}@db:5432/app`],
    ['a Redis address', `redis://:${SECRET}@cache/0`],
  ])('is written without it: %s', (_what, text) => {
    const output = written((log) => {
      log.info(text);
      log.info({ url: text }, 'Asked.');
      log.error(new Error(text));
    });
    expect(output).not.toContain('Hunter2');
    for (const line of output.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('keeps what is not secret', () => {
    const output = written((log) => log.info('/callback?iss=here&code=1234567890&ui_locales=de'));
    expect(output).toContain('/callback?iss=here&code=(hidden)&ui_locales=de');
  });
});
