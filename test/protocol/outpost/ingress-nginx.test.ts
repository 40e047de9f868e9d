// The Ingresses that are printed, before the admission of ingress-nginx's own controller: what it takes, and with which
// settings. What comes of them at work is in proxies.test.ts and beside it.
import { describe, expect, it } from '@jest/globals';
import { renderSnippet } from '../../../src/protocol/outpost/snippet/snippet.ts';
import { hasIngressNginx, nginxConf } from '../../support/ingress-nginx.ts';

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
