import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { anyone } from '../../../src/platform/http/guard.ts';
import { get, post } from '../../../src/platform/http/route.ts';
import {
  Conflict,
  Expired,
  Forbidden,
  InvalidInput,
  NotFound,
  NotRecentlySignedIn,
  NotSignedIn,
  type Problem,
  TooManyRequests,
  Unavailable,
} from '../../../src/platform/problem/problem.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { type Lodge, startLodge } from './lodge.ts';

const SECRET = 'postgres://gatelodge:hunter2@db';
const problems: Readonly<Record<string, Error>> = {
  'invalid-input': new InvalidInput({ slug: ['This slug is taken.'] }),
  'not-signed-in': new NotSignedIn('Who is it?'),
  'not-recently': new NotRecentlySignedIn('Is it still you?'),
  forbidden: new Forbidden('Not for you.'),
  'not-found': new NotFound('No such thing.'),
  conflict: new Conflict('Not now.'),
  expired: new Expired('Too late.'),
  'too-many': new TooManyRequests('Slowly.', { retryAfterSeconds: 42 }),
  unavailable: new Unavailable('In a moment.', { cause: new Error(SECRET) }),
  bug: new Error(SECRET),
};

const PAGE = { headers: { Accept: 'text/html,*/*;q=0.8' } };

let lodge: Lodge;
beforeAll(async () => {
  const throwing = (prefix: string) =>
    Object.entries(problems).map(([name, problem]) =>
      get(`${prefix}/${name}`, anyone, z.unknown(), () => {
        throw problem;
      }),
    );
  const posting = post(
    '/not-signed-in',
    anyone,
    z.unknown(),
    () => Promise.reject(problems['not-signed-in']),
    {
      protection: 'protocol',
    },
  );
  lodge = await startLodge([...throwing(''), ...throwing('/api/v3'), posting]);
});
afterAll(() => lodge.close());

describe('a refusal', () => {
  const shown = Object.entries(problems).filter(
    ([name]) => !name.startsWith('not-signed') && name !== 'not-recently',
  );

  it.each(shown)('is a faultless page for a person: %s', async (name, problem) => {
    const response = await lodge.fetch(`/${name}`, PAGE);
    const html = await response.text();
    expect(response.status).toBe(name === 'bug' ? 500 : (problem as Problem).status);
    expect(faultsOf(html)).toEqual([]);
    expect(html).toContain(String(response.headers.get('X-Request-Id')));
    expect(html).not.toContain('hunter2');
  });

  it.each([
    ['invalid-input', 400, { slug: ['This slug is taken.'] }],
    ['not-signed-in', 403, { detail: 'Who is it?', code: 'not_signed_in' }],
    ['forbidden', 403, { detail: 'Not for you.', code: 'forbidden' }],
    ['not-found', 404, { detail: 'No such thing.', code: 'not_found' }],
    ['too-many', 429, { detail: 'Slowly.', code: 'too_many_requests' }],
    ['unavailable', 503, { detail: 'In a moment.', code: 'unavailable' }],
  ])('is authentik-shaped JSON in the API, whatever is accepted: %s', async (name, status, body) => {
    const response = await lodge.fetch(`/api/v3/${name}`, PAGE);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
  });

  it('is JSON for a program that asks for it, and a bare line for the rest', async () => {
    const wanted = await lodge.fetch('/conflict', { headers: { Accept: 'application/json' } });
    expect(await wanted.json()).toEqual({ error: 'conflict', detail: 'Not now.' });
    const bare = await lodge.fetch('/conflict');
    expect(await bare.text()).toBe('Not now.\n');
  });

  it('says when to come back', async () => {
    expect((await lodge.fetch('/too-many')).headers.get('Retry-After')).toBe('42');
    expect((await lodge.fetch('/unavailable')).headers.get('Retry-After')).toBe('5');
  });

  it('is 404 where nothing is mounted', async () => {
    const response = await lodge.fetch('/no/such/place', PAGE);
    expect(response.status).toBe(404);
    expect(faultsOf(await response.text())).toEqual([]);
    expect(await (await lodge.fetch('/api/v3/no/such/')).json()).toMatchObject({ code: 'not_found' });
  });

  it('is 400 for a path that cannot be decoded', async () => {
    expect((await lodge.fetch('/%E0%A4%A')).status).toBeLessThan(500);
  });
});

describe('a bug', () => {
  it('tells the reader the request id and nothing else, and the log everything', async () => {
    const response = await lodge.fetch('/bug', PAGE);
    expect(response.status).toBe(500);
    const line = lodge.log.find((entry) => entry.includes(String(response.headers.get('X-Request-Id'))));
    expect(line).toContain('"err"');
    expect(await response.text()).not.toMatch(/hunter2|error-renderer/);
  });
});

describe('a page that needs a sign-in', () => {
  it('leads to the sign-in and back to itself', async () => {
    const response = await lodge.fetch('/not-signed-in?tab=2&x=ä', PAGE);
    expect(response.status).toBe(303);
    const to = new URL(String(response.headers.get('Location')), lodge.origin);
    expect(to.pathname).toBe('/if/flow/default-authentication-flow/');
    expect(to.searchParams.get('next')).toBe('/not-signed-in?tab=2&x=%C3%A4');
  });

  it('asks for a fresh proof where an old one does not do', async () => {
    const response = await lodge.fetch('/not-recently', PAGE);
    const to = new URL(String(response.headers.get('Location')), lodge.origin);
    expect(to.searchParams.get('again')).toBe('1');
  });

  it('offers the way back to the page that a refused form stood on', async () => {
    const referrer = { ...PAGE.headers, Referer: `${lodge.origin}/settings/` };
    const response = await lodge.fetch('/not-signed-in', { method: 'POST', headers: referrer });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('?next=%2Fsettings%2F"');
  });

  it('offers no way to another site', async () => {
    const referrer = { ...PAGE.headers, Referer: 'https://evil.example/settings/' };
    const response = await lodge.fetch('/not-signed-in', { method: 'POST', headers: referrer });
    expect(await response.text()).not.toContain('evil.example');
  });
});
