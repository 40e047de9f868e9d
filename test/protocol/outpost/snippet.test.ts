// What is printed for proxies: complete, readable by their parsers, and, before proxy mode, working (what is printed for
// forward auth is run in proxies.test.ts; which proxies are here, npm test says).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import {
  renderSnippet,
  SNIPPET_KINDS,
  snippetKindsFor,
} from '../../../src/protocol/outpost/snippet/snippet.ts';
import { type Echo, received } from '../../support/echo-application.ts';
import type { Front, Fronted } from '../../support/front.ts';
import { hasNginx } from '../../support/nginx.ts';
import { hasCaddy, startCaddySnippet, startNginxSnippet } from '../../support/snippet-proxies.ts';
import { hasTraefik, startTraefikFiles } from '../../support/traefik.ts';
import { type Gate, openGate, signIn } from './gate.ts';
import { type StreamingApplication, startStreamingApplication } from './streaming-application.ts';

const provider = {
  mode: 'forward_single' as const,
  externalHost: 'https://films.example.com',
  internalHost: '',
  cookieDomain: '',
  sendsRemoteHeaders: false,
  basicAuthEnabled: false,
  provider: { name: 'films', application: { slug: 'films', name: 'Films & Series' } },
};

const TOLD = ['username', 'groups', 'entitlements', 'email', 'name', 'uid', 'jwt'].map(
  (name) => `x-authentik-${name}`,
);

describe.each(SNIPPET_KINDS)('the snippet for %s', (kind) => {
  const parts = renderSnippet(kind, provider);
  const text = parts.map((part) => part.text).join('\n');

  it('names the host and where we are', () => {
    expect(text).toContain('films.example.com');
    expect(text).toContain('gatelodge');
    expect(text).not.toMatch(/undefined|\[object|<%/);
  });

  it('hands on every header that says who is asking', () => {
    for (const name of TOLD) expect(text.toLowerCase()).toContain(name);
  });

  it('hands on further names, and Authorization, where the application is told them', () => {
    const told = renderSnippet(kind, { ...provider, sendsRemoteHeaders: true, basicAuthEnabled: true });
    const lines = told.map((part) => part.text).join('\n');
    expect(lines).toMatch(/remote-user/i);
    expect(lines).not.toMatch(/Remote-User "";|remove: remote-user|-Remote-User$/m);
    expect(lines).toMatch(/authorization/i);
  });

  it('is YAML where the proxy reads YAML', () => {
    for (const { file, text: yaml } of parts.filter((part) => part.file.endsWith('.yml'))) {
      const faults = parseAllDocuments(yaml).flatMap((document) => document.errors);
      expect({ file, faults }).toEqual({ file, faults: [] });
    }
  });
});

describe('a proxy before proxy mode', () => {
  const HOSTS = ['http://app.home.test', 'http://other.home.test'];
  const [APP = ''] = HOSTS;
  let gate: Gate;
  let application: StreamingApplication;

  beforeAll(async () => {
    [gate, application] = await Promise.all([openGate(), startStreamingApplication()]);
    const inProxyMode = { mode: 'proxy', internal_host: application.origin };
    await gate.protect({ slug: 'app', externalHost: APP, provider: inProxyMode });
  });

  afterAll(async () => {
    await gate?.gatelodge.stop();
    await application?.stop();
  });

  it('has a configuration', () => {
    expect(snippetKindsFor({ mode: 'proxy' })).toEqual(['nginx', 'traefik-file', 'caddy']);
  });

  const PROXIES = [
    ['nginx', hasNginx, startNginxSnippet],
    ['Caddy', hasCaddy, startCaddySnippet],
    ['Traefik', hasTraefik, startTraefikFiles],
  ] as const;
  for (const [name, isInstalled, start] of PROXIES) {
    (isInstalled ? it : it.skip)(`passes everything on: ${name}`, () => passOn(start));
  }

  async function passOn(start: (fronted: Fronted) => Promise<Front>): Promise<void> {
    const fronted = { gatelodge: gate.origin, application: application.origin, hosts: HOSTS, isDirect: true };
    const front: Front = await start(fronted);
    try {
      const browser = gate.browser(Object.fromEntries(HOSTS.map((host) => [host, front.origin])));
      const last = await signIn(await browser.visit(`${APP}/films?page=2`), 'anna');
      expect(last.url.href).toBe(`${APP}/films?page=2`);
      expect(received(last.json<Echo>(), 'X-authentik-username')).toEqual(['anna']);
      expect(received(last.json<Echo>(), 'Host')).toEqual(['app.home.test']);
    } finally {
      await front.stop();
    }
  }
});
