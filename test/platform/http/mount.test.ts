import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { administrator, anyone, signedIn } from '../../../src/platform/http/guard.ts';
import { get, json, post, put, seeOther } from '../../../src/platform/http/route.ts';
import { InvalidInput } from '../../../src/platform/problem/problem.ts';
import { page } from '../../../src/platform/view/page.ts';
import { form, type Lodge, openForm, startLodge } from './lodge.ts';

const signIn = () => page('specimen/signin', 'Sign in');
const Credentials = z.strictObject({
  uid_field: z.string().min(1),
  password: z.string().min(8, { error: 'input.invalid' }),
  remember_me: z.literal('on').optional(),
});

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge([
    get('/echo/:id', anyone, z.unknown(), (_, input) => json(input)),
    put('/echo/:id', anyone, z.unknown(), (_, input) => json(input), { protection: 'credentials' }),
    get('/members', signedIn, z.unknown(), () => json('in')),
    get('/owners', administrator, z.strictObject({}), () => json('in')),
    get('/sign-in', anyone, z.unknown(), signIn),
    post('/sign-in', anyone, Credentials, () => seeOther('/sign-in', 'common.save'), { again: signIn }),
    post('/rule', anyone, z.unknown(), () => refuse(), { again: signIn }),
    post('/raw', anyone, z.unknown(), async (ctx) => json(await text(ctx.req)), {
      protection: 'protocol',
    }),
  ]);
});
afterAll(() => lodge.close());

function refuse(): never {
  throw new InvalidInput({ uid_field: ['input.required'], non_field_errors: ['Nobody is <b>at home</b>.'] });
}

const sendJson = (body: string): RequestInit => ({
  method: 'PUT',
  body,
  headers: { 'Content-Type': 'application/json' },
});

describe('a mounted route', () => {
  it('reads path over body over query', async () => {
    const response = await lodge.fetch(
      '/echo/path?id=query&a=query&b=query',
      sendJson('{"id":"body","a":"body"}'),
    );
    expect(await response.json()).toEqual({ id: 'path', a: 'body', b: 'query' });
  });

  it('answers HEAD as GET without a body', async () => {
    const response = await lodge.fetch('/echo/1', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('asks the guard before it looks at the input', async () => {
    const response = await lodge.fetch('/owners?unknown=field', { headers: { Accept: 'application/json' } });
    expect([401, 303]).toContain(response.status);
  });

  it.each([
    ['malformed JSON', sendJson('{"a":'), 'The data that was sent cannot be read.'],
    ['a list', sendJson('[1]'), 'The data that was sent cannot be read.'],
    [
      'more than a megabyte',
      sendJson(`{"a":"${'x'.repeat(1_100_000)}"}`),
      'The data that was sent is too large.',
    ],
    [
      'another content type',
      { method: 'PUT', body: '{}', headers: { 'Content-Type': 'text/plain' } },
      'Send the data as JSON or as a form.',
    ],
  ])('refuses %s with 400', async (_, init, detail) => {
    const response = await lodge.fetch('/echo/1', init);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(`${detail}\n`);
  });

  it('leaves the body of a protocol route to its handler', async () => {
    const response = await lodge.fetch('/raw', { method: 'POST', body: 'anything at all' });
    expect(await response.json()).toBe('anything at all');
  });
});

describe('a form that is shown again', () => {
  async function submit(fields: Record<string, string>, path = '/sign-in') {
    const { token, cookie } = await openForm(lodge, '/sign-in');
    const response = await lodge.fetch(path, form({ ...fields, _csrf: token }, { cookie }));
    return { status: response.status, html: await response.text(), headers: response.headers };
  }

  it('has status 400, a summary, and the sentence at its field', async () => {
    const { status, html } = await submit({ uid_field: '', password: 'short' });
    expect(status).toBe(400);
    expect(html).toContain('role="alert"');
    expect(html).toMatch(/id="field-uid_field-error">Fill this in\.</);
    expect(html).toMatch(/id="field-password-error">This cannot be used here\.</);
    expect(html).toMatch(/<input[^>]*id="field-uid_field"[^>]*aria-invalid="true"/);
  });

  it('keeps what was typed, but never a password', async () => {
    const { html } = await submit({ uid_field: 'anna"><script>', password: 'hunter2', remember_me: 'on' });
    expect(html).toContain('value="anna&quot;&gt;&lt;script&gt;"');
    expect(html).toMatch(/<input type="checkbox"[^>]*checked/);
    expect(html).not.toContain('hunter2');
  });

  it('shows what a rule refused, translated and escaped', async () => {
    const { html } = await submit({}, '/rule');
    expect(html).toContain('Fill this in.');
    expect(html).toContain('Nobody is &lt;b&gt;at home&lt;/b&gt;.');
  });

  it('leads on with 303 and a notice when all is well, and the notice is shown once', async () => {
    const { status, headers } = await submit({ uid_field: 'anna', password: 'long enough' });
    expect(status).toBe(303);
    const cookie = String(
      headers
        .getSetCookie()
        .find((line) => line.startsWith('gatelodge_notice='))
        ?.split(';')[0],
    );
    const next = await lodge.fetch('/sign-in', { headers: { cookie } });
    expect(await next.text()).toContain('role="status">Save</p>');
    expect(next.headers.getSetCookie().join()).toMatch(/gatelodge_notice=;.*expires=Thu, 01 Jan 1970/i);
  });

  it('prints no notice that a browser made up', async () => {
    for (const made of ['You+have+won', 'signin.nonsense', '__proto__']) {
      const response = await lodge.fetch('/sign-in', { headers: { cookie: `gatelodge_notice=${made}` } });
      expect(await response.text()).not.toContain('role="status"');
    }
  });
});
