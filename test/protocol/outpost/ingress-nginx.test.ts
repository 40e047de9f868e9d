// The Ingresses that are printed, before the admission of ingress-nginx's own controller: what it takes, and with which
// settings. What every proxy does is in proxies.test.ts and beside it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderSnippet } from '../../../src/protocol/outpost/snippet/snippet.ts';
import {
  type Echo,
  type EchoApplication,
  received,
  startEchoApplication,
} from '../../support/echo-application.ts';
import { hasIngressNginx, nginxConf, startIngressNginx } from '../../support/ingress-nginx.ts';
import { type Gate, openGate, signIn } from './gate.ts';

const provider = {
  mode: 'forward_single' as const,
  externalHost: 'https://films.example.com',
  internalHost: '',
  cookieDomain: '',
  sendsRemoteHeaders: true,
  basicAuthEnabled: true,
  provider: { name: 'films', application: { slug: 'films', name: 'Films' } },
};

const printed = (gatelodge = 'gatelodge:9000') =>
  renderSnippet('ingress-nginx', provider, { gatelodge })
    .map(({ text }) => text)
    .join('\n');

describe('the printed Ingresses', () => {
  it.each([
    ['gatelodge:9000', 'gatelodge.gatelodge.svc.cluster.local:9000', 'gatelodge', 'gatelodge'],
    ['sso:9001', 'sso.gatelodge.svc.cluster.local:9001', 'gatelodge', 'sso'],
    ['sso.auth.svc.k8s.lan:9001', 'sso.auth.svc.k8s.lan:9001', 'auth', 'sso'],
    ['sso.example.com:443', 'sso.example.com:443', 'gatelodge', 'gatelodge'],
    ['10.0.0.7:9000', '10.0.0.7:9000', 'gatelodge', 'gatelodge'],
  ])(
    'name a Gatelodge at %s by its whole name, and its Service',
    (gatelodge, authority, namespace, service) => {
      const text = printed(gatelodge);
      expect(text).toContain(`auth-url: http://${authority}/outpost.goauthentik.io/auth/nginx?`);
      expect(text).toContain(`namespace: ${namespace}\n`);
      expect(text).toContain(`service: { name: ${service}, port: { number: ${authority.split(':')[1]} }`);
    },
  );
});

describe("ingress-nginx's controller", () => {
  if (!hasIngressNginx) return it.skip('not installed: run scripts/test-packages', () => {});

  it('takes them with the settings that it comes with', () => {
    const written = nginxConf([printed()]);
    const [, server = ''] = written.split('## start server films.example.com');
    expect(server).toMatch(/location = \/outpost\.goauthentik\.io \{/);
    expect(server).toMatch(/auth_request\s+\/_external-auth-Lw-Prefix;/);
    expect(server).not.toContain('Location denied');
  });

  it('takes them with a risk level of High, which it must be', () => {
    expect(() => nginxConf([printed()], { 'annotations-risk-level': 'Medium' })).toThrow('risky annotation');
  });

  it('takes no path with dots that is a Prefix, where it looks at paths strictly', () => {
    const prefixed = printed().replace('ImplementationSpecific', 'Prefix');
    expect(() => nginxConf([prefixed])).toThrow('cannot be used with pathType Prefix');
  });

  it('passes over what names no class', () => {
    expect(() => nginxConf([printed().replaceAll('  ingressClassName: nginx\n', '')])).toThrow('of no class');
  });

  it('takes no snippet for it, which is why there is none', () => {
    const url = /nginx\.ingress\.kubernetes\.io\/auth-url/;
    const withSnippet = printed().replace(
      url,
      (name) => `${name.replace('url', 'snippet')}: set $a b;\n    ${name}`,
    );
    expect(() => nginxConf([withSnippet])).toThrow('Snippet directives are disabled');
  });
});

describe('a cluster with ingress-nginx', () => {
  if (!hasIngressNginx) return it.skip('not installed: run scripts/test-packages', () => {});

  const APP = 'https://app.home.test';
  let gate: Gate;
  let application: EchoApplication;

  beforeAll(async () => {
    [gate, application] = await Promise.all([openGate(), startEchoApplication()]);
    await gate.protect({ slug: 'app', externalHost: APP });
    await gate.settle();
  });

  afterAll(async () => {
    await application?.stop();
    await gate?.gatelodge.stop();
  });

  async function visit(settings: Record<string, string> = {}) {
    const behind = { gatelodge: gate.origin, application: application.origin, hosts: [APP] };
    const front = await startIngressNginx(behind, settings);
    try {
      const browser = gate.browser({ [APP]: front.origin });
      const first = await browser.visit(`${APP}/films?page=2`);
      return first.status === 500 ? first : await signIn(first, 'anna');
    } finally {
      await front.stop();
    }
  }

  it('leads people back by https where a balancer before it ends TLS', async () => {
    const last = await visit();
    expect(last.url.href).toBe(`${APP}/films?page=2`);
    expect(received(last.json<Echo>(), 'X-authentik-username')).toEqual(['anna']);
  });

  it('leads nobody to the sign-in with an error page for 401: what the page answers counts', async () => {
    expect((await visit({ 'custom-http-errors': '401,403' })).status).toBe(500);
  });
});
