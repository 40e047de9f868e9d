// Proxy mode where an expression decides, for each person, which instance of an application they come to.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gate, openGate, type ProtectedIds, signIn } from './gate.ts';

const APP = 'http://app.home.test';

interface Instance {
  readonly origin: string;
  stop(): void;
}

let gate: Gate;
let app: ProtectedIds;
let usual: Instance;
let lab: Instance;

/** Answers its name and the Host header that it was sent. */
async function startInstance(name: string): Promise<Instance> {
  const server = http.createServer(({ headers }, response) => response.end(`${name} ${headers.host}`));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = () => server.close().closeAllConnections();
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

beforeAll(async () => {
  [gate, usual, lab] = await Promise.all([openGate(), startInstance('usual'), startInstance('lab')]);
  const provider = { mode: 'proxy', internal_host: usual.origin, skip_path_regex: '^/open$' };
  app = await gate.protect({ slug: 'app', externalHost: APP, provider });
});

afterAll(async () => {
  await gate?.gatelodge.stop();
  for (const instance of [usual, lab]) instance?.stop();
});

async function configure(fields: Record<string, string>): Promise<void> {
  await gate.api('PATCH', `providers/proxy/${app.providerId}/`, fields);
  await gate.settle();
}

async function seenBy(username: string, path = '/'): Promise<string> {
  const browser = gate.browser({ [APP]: gate.origin });
  await signIn(await browser.visit(`${APP}/`), username);
  const { status, body } = await browser.get(APP + path);
  return status === 200 ? body : String(status);
}

describe('the instance that a person comes to', () => {
  it('is computed from their groups and attributes, and is the usual one for everybody else', async () => {
    await configure({
      backend_override_expression: `"family" in groups ? "${lab.origin}" : none`,
      host_header_expression: 'user.username + "." + application.slug + ".internal"',
    });
    expect(await seenBy('anna')).toBe('lab anna.app.internal');
    expect(await seenBy('bert')).toBe('usual bert.app.internal');
    expect((await gate.browser({ [APP]: gate.origin }).get(`${APP}/open`)).body).toBe('usual app.home.test');
  });

  it('changes with the expression and with the person, for who is signed in already', async () => {
    const browser = gate.browser({ [APP]: gate.origin });
    await signIn(await browser.visit(`${APP}/`), 'anna');
    const seen = async () => (await browser.get(`${APP}/`)).body;
    expect(await seen()).toContain('lab');
    await configure({ backend_override_expression: 'none', host_header_expression: '' });
    expect(await seen()).toBe('usual app.home.test');
    await configure({
      backend_override_expression: `user.attribute("lab") == true ? "${lab.origin}" : none`,
    });
    expect(await seen()).toBe('usual app.home.test');
    const { id } = await gate.gatelodge.deps.db.user.findFirstOrThrow({ where: { username: 'anna' } });
    await gate.api('PATCH', `core/users/${id}/`, { attributes: { lab: true } });
    expect(await seen()).toBe('lab app.home.test');
  });

  it.each([
    ['fails', 'user.attributes.missing'],
    ['takes too long', `["a"]${'.map(x, x + x + x + x)'.repeat(20)}[0]`],
    ['gives no text', '7'],
    ['gives no address', '"somewhere"'],
    ['gives an address that is not for browsers', '"file:///etc/passwd"'],
  ])(
    'is none when the expression %s: not the usual one, which may be just the wrong one',
    async (_, source) => {
      await configure({ backend_override_expression: source });
      expect(await seenBy('bert')).toBe('502');
    },
  );

  it('and why there was none is an event', async () => {
    await configure({ backend_override_expression: 'user.attributes.absent' });
    await gate.gatelodge.deps.db.event.deleteMany({ where: { action: 'property_mapping_exception' } });
    await configure({ host_header_expression: 'user.attributes.absent' });
    expect(await seenBy('bert')).toBe('502');
    await gate.settle();
    const events = await gate.gatelodge.deps.db.event.findMany({
      where: { action: 'property_mapping_exception' },
    });
    expect(JSON.stringify(events)).toContain('user.attributes.absent');
  });

  it.each([
    [
      'an expression that cannot be read',
      { backend_override_expression: 'if user: return 1' },
      'backend_override_expression',
    ],
    ['one of unknown words', { host_header_expression: 'password' }, 'host_header_expression'],
    [
      'an attribute and an expression at once',
      { host_header_attribute: 'own_host', host_header_expression: '"x"' },
      'host_header_expression',
    ],
  ])('is not configured by %s', async (_, fields, field) => {
    const refused = gate.api('PATCH', `providers/proxy/${app.providerId}/`, fields);
    await expect(refused).rejects.toThrow(field);
  });
});
