import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Viewer } from '../../../src/platform/http/context.ts';
import { anyone } from '../../../src/platform/http/guard.ts';
import { del, get, json, post } from '../../../src/platform/http/route.ts';
import { page } from '../../../src/platform/view/page.ts';
import { form, type Lodge, openForm, startLodge } from './lodge.ts';

const viewer: Viewer = {
  userId: 1,
  username: 'anna',
  name: 'Anna',
  isAdministrator: false,
  via: 'session',
  sessionId: 'first-session',
};

const routes = [
  get('/form', anyone, z.unknown(), () => page('specimen/signin', 'Sign in')),
  post('/form', anyone, z.unknown(), () => json('done')),
  del('/api/v3/thing/', anyone, z.unknown(), () => json('done'), { protection: 'credentials' }),
];

let lodge: Lodge;
let others: Lodge;
beforeAll(async () => {
  lodge = await startLodge(routes, { viewer });
  others = await startLodge(routes, { viewer: { ...viewer, sessionId: 'attackers-session' } });
});
afterAll(() => Promise.all([lodge.close(), others.close()]));

describe('a form of our own', () => {
  it('is accepted with its cookie and token', async () => {
    const { token, cookie } = await openForm(lodge, '/form');
    const headers = { cookie, Origin: lodge.origin, 'Sec-Fetch-Site': 'same-origin' };
    expect((await lodge.fetch('/form', form({ _csrf: token }, headers))).status).toBe(200);
  });

  it('is accepted from a browser that sends neither Origin nor Fetch Metadata', async () => {
    const { token, cookie } = await openForm(lodge, '/form');
    expect((await lodge.fetch('/form', form({ _csrf: token }, { cookie }))).status).toBe(200);
  });

  it('is accepted although the proxy in front hides https, if the browser vouches for it', async () => {
    const { token, cookie } = await openForm(lodge, '/form');
    const headers = { cookie, Origin: 'https://auth.example.com', 'Sec-Fetch-Site': 'same-origin' };
    expect((await lodge.fetch('/form', form({ _csrf: token }, headers))).status).toBe(200);
  });

  it('keeps one token while the session lasts, so that two tabs work', async () => {
    const first = await openForm(lodge, '/form');
    const second = await openForm(lodge, '/form', { cookie: first.cookie });
    expect(second.token).toBe(first.token);
    expect(second.cookie).toBe('');
  });
});

describe('a request forged by another site', () => {
  const forgeries: ReadonlyArray<readonly [what: string, headers: Record<string, string>]> = [
    ['from another origin', { Origin: 'https://evil.example' }],
    ['from an origin that hides itself', { Origin: 'null' }],
    ['from another site, by Fetch Metadata', { 'Sec-Fetch-Site': 'cross-site' }],
    ['from a sibling host', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://app.example.com' }],
  ];
  it.each(forgeries)('is refused %s, even with a genuine token', async (_, headers) => {
    const { token, cookie } = await openForm(lodge, '/form');
    const response = await lodge.fetch('/form', form({ _csrf: token }, { cookie, ...headers }));
    expect(response.status).toBe(403);
  });

  it('is refused without token, without cookie, and with two that differ', async () => {
    const { token, cookie } = await openForm(lodge, '/form');
    const attempts = [
      form({}, { cookie }),
      form({ _csrf: '' }, { cookie }),
      form({ _csrf: token }),
      form({ _csrf: `${token}x` }, { cookie }),
    ];
    for (const attempt of attempts) expect((await lodge.fetch('/form', attempt)).status).toBe(403);
  });

  it('is refused with a cookie and token that the attacker made up', async () => {
    const planted = form({ _csrf: 'mine.mine' }, { cookie: 'authentik_csrf=mine.mine' });
    expect((await lodge.fetch('/form', planted)).status).toBe(403);
  });

  it('is refused with a genuine cookie and token of the attacker’s own session', async () => {
    const { token, cookie } = await openForm(others, '/form');
    expect((await lodge.fetch('/form', form({ _csrf: token }, { cookie }))).status).toBe(403);
  });

  it('is refused with a genuine cookie and token from before the sign-in', async () => {
    const { token, cookie } = await openForm(lodge, '/form', { 'X-Test-Viewer': 'nobody' });
    expect((await lodge.fetch('/form', form({ _csrf: token }, { cookie }))).status).toBe(403);
  });

  it('is told in words what the proxy in front must pass on', async () => {
    const { token, cookie } = await openForm(lodge, '/form');
    const headers = { cookie, Origin: 'https://auth.example.com', Accept: 'text/html' };
    const response = await lodge.fetch('/form', form({ _csrf: token }, headers));
    expect(await response.text()).toContain('X-Forwarded-Proto');
  });
});

describe('the API with a browser session', () => {
  const path = '/api/v3/thing/';

  it('needs the token as a header', async () => {
    const { token, cookie } = await openForm(lodge, '/form');
    const with_ = { method: 'DELETE', headers: { cookie, 'X-authentik-CSRF': token } };
    expect((await lodge.fetch(path, with_)).status).toBe(200);
    const without = await lodge.fetch(path, { method: 'DELETE', headers: { cookie } });
    expect(without.status).toBe(403);
    expect(await without.json()).toMatchObject({ code: 'csrf', detail: expect.any(String) });
  });
});
