// The page for what only some clients need, as an administrator without scripts uses it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signedIn } from '../../operation/household.ts';
import { EMBEDDED } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { authorizationUrl, registerService, registerUser, type Service, walk } from './service.ts';

describe('/if/admin/applications/<slug>/advanced/', () => {
  let gatelodge: Gatelodge;
  let service: Service;
  let administrator: Browser;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    service = await registerService(gatelodge, 'wiki');
    administrator = await signedIn(gatelodge);
  });
  afterAll(() => gatelodge.stop());

  const form = async () => {
    const page = await administrator.visit('/if/admin/applications/wiki/advanced/');
    expect(faultsOf(page.body)).toEqual([]);
    return page.form('main form');
  };
  const provider = async () =>
    (await gatelodge.api<Record<string, unknown>>('GET', `/providers/oauth2/${service.providerId}/`)).body;

  it('is linked from the application, and changes nothing when it is saved as it is', async () => {
    const detail = await administrator.visit('/if/admin/applications/wiki/');
    expect(detail.body).toContain('href="/if/admin/applications/wiki/advanced/"');
    const before = await provider();
    await (await form()).submit({}, { follow: true });
    expect(await provider()).toEqual(before);
  });

  it('changes grants, keys, algorithm, subject, lifetimes, consent and addresses', async () => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const saved = await (await form()).submit(
      {
        grant_types: ['authorization_code', 'client_credentials'],
        pkce_required: 'on',
        jwks: JSON.stringify({ keys: [key] }),
        signing_algorithm: 'EdDSA',
        sub_mode: 'user_uuid',
        issuer_mode: 'global',
        email_verified: 'always',
        access_validity: 'minutes=10',
        consent_validity: 'days=90',
        redirect_patterns: 'https://[a-z]+\\.service\\.test/cb',
        sign_out_uris: 'https://service.test/bye\r\nhttps://service.test/',
      },
      { follow: true },
    );
    expect(saved.text()).toContain('Saved');
    expect(await provider()).toMatchObject({
      grant_types: ['authorization_code', 'client_credentials'],
      pkce_required: true,
      jwks: { keys: [key] },
      signing_algorithm: 'EdDSA',
      sub_mode: 'user_uuid',
      issuer_mode: 'global',
      email_verified_override: true,
      access_token_validity: 'minutes=10',
      consent_validity: 'days=90',
      redirect_uris: [
        { matching_mode: 'strict', url: 'https://service.test/callback', redirect_uri_type: 'authorization' },
        { matching_mode: 'regex', url: 'https://[a-z]+\\.service\\.test/cb' },
        { matching_mode: 'strict', url: 'https://service.test/bye', redirect_uri_type: 'logout' },
        { matching_mode: 'strict', url: 'https://service.test/', redirect_uri_type: 'logout' },
      ],
    });
  });

  it.each([
    ['access_validity', 'an hour', 'hours=1;minutes=30'],
    ['jwks', '{ "keys": [', 'not JSON'],
    ['jwks', '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"a","d":"b"}]}', 'private key'],
    ['jwks_uri', 'ftp://service.test/', 'http(s)'],
    ['redirect_patterns', '(?=x)', 'not a regular expression'],
    ['sign_out_uris', 'javascript:alert(1)', 'not allowed'],
  ])('says at the field %s what is wrong with %s, and keeps what was typed', async (name, value, message) => {
    const before = await provider();
    const refused = await (await form()).submit({ [name]: value, consent_validity: 'days=3' });
    expect(refused.status).toBe(400);
    expect(refused.text(`#field-${name}-error`)).toContain(message);
    const { [name]: kept, consent_validity: other } = refused.form('main form').fields;
    // The first line of a textarea is left empty, which browsers drop.
    expect([String(kept).trim(), other]).toEqual([value, 'days=3']);
    expect(await provider()).toEqual(before);
  });
});

describe('A consent that expires', () => {
  let gatelodge: Gatelodge;
  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
  });
  afterAll(() => gatelodge.stop());

  it('is listed with its end, and asked for again afterwards', async () => {
    const service = await registerService(gatelodge, 'wiki', {
      consentMode: 'explicit',
      consentValiditySeconds: 3600,
    });
    await registerUser(gatelodge, 'alice');
    const browser = gatelodge.browser();
    const ask = async () => walk(browser, (await authorizationUrl(service)).url.href);
    const accepted = await (await ask()).form().submit({ answer: 'accept' });
    expect((await walk(browser, accepted.location?.href ?? '')).location?.origin).toBe(
      'https://service.test',
    );
    expect((await ask()).location?.origin).toBe('https://service.test');
    expect((await browser.visit('/if/user/consents/')).text()).toContain('asks again from');

    await gatelodge.deps.db.consent.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } });
    expect((await ask()).text('h1')).toBe('Continue to The wiki?');
    expect((await browser.visit('/if/user/consents/')).text()).toContain('No permissions given');
  });
});
