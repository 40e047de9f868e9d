// What an application is told besides who it is: headers and credentials out of the attributes of groups and people.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ANNA, type Gate, openGate, signIn } from './gate.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';

const LEGACY = 'https://legacy.home.test';

let gate: Gate;

beforeAll(async () => {
  gate = await openGate();
  const attributes = { basic_auth_user_attribute: 'app_user', basic_auth_password_attribute: 'app_password' };
  const provider = { basic_auth_enabled: true, ...attributes };
  await gate.protect({ slug: 'legacy', externalHost: LEGACY, provider });
  await write('groups', 'name=family', {
    additionalHeaders: { 'X-Both': 'family', 'X-Family': 'family', 'X-Own': 'family' },
    app_user: 'family@legacy',
  });
  await write('groups', 'name=media', { additionalHeaders: { 'X-Both': 'media' } });
  const own = { additionalHeaders: { 'X-Own': 'anna' }, app_password: 's3cret: ü' };
  await write('users', 'username=anna', own);
  await gate.settle();
});
afterAll(() => gate?.gatelodge.stop());

async function write(kind: 'groups' | 'users', query: string, attributes: object): Promise<void> {
  const { results } = await gate.api('GET', `core/${kind}/?${query}`);
  const [{ pk }] = results as [{ pk: string }];
  await gate.api('PATCH', `core/${kind}/${pk}/`, { attributes });
}

async function toldOf(username: string): Promise<RawAnswer['headers']> {
  const browser = gate.browser({ [LEGACY]: gate.origin });
  await signIn(await browser.visit(`${LEGACY}/outpost.goauthentik.io/start?rd=/`), username);
  const { status, headers } = await sendRaw(gate.origin, [
    'GET /outpost.goauthentik.io/auth/nginx HTTP/1.1',
    'Host: legacy.home.test',
    `X-Original-URL: ${LEGACY}/`,
    `Cookie: ${await browser.cookies.getCookieString(LEGACY)}`,
  ]);
  expect(status).toBe(200);
  return headers;
}

describe('an application', () => {
  it("is told the headers of a person's groups, by their names, and then the person's own", async () => {
    const headers = await toldOf('anna');
    expect(headers['x-both']).toEqual(['media']);
    expect(headers['x-family']).toEqual(['family']);
    expect(headers['x-own']).toEqual(['anna']);
  });

  it('is given the user name and password that the attributes hold', async () => {
    const [scheme, credentials = ''] = (await toldOf('anna')).authorization?.[0]?.split(' ') ?? [];
    expect(scheme).toBe('Basic');
    expect(Buffer.from(credentials, 'base64').toString('utf8')).toBe('family@legacy:s3cret: ü');
  });

  it('is given empty credentials where there is no password, lest a proxy hand on others', async () => {
    expect((await toldOf('bert')).authorization).toEqual(['']);
  });

  it('is told where we are from, and where the keys of its token are', async () => {
    const headers = await toldOf('anna');
    expect(headers).toMatchObject({
      'x-authentik-name': [ANNA.name],
      'x-authentik-uid': [expect.stringMatching(/^[0-9a-f]{64}$/)],
      'x-authentik-meta-app': ['legacy'],
      'x-authentik-meta-provider': ['legacy'],
      'x-authentik-meta-outpost': ['authentik Embedded Outpost'],
      'x-authentik-meta-jwks': ['http://auth.home.test/application/o/legacy/jwks/'],
      'x-authentik-meta-version': [expect.stringMatching(/./)],
    });
  });
});
