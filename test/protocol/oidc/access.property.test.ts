// Access rules and identity hold after the sign-in too (CVE-2024-52287, CVE-2024-38371).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { createBinding } from '../../../src/identity/access/binding.ts';
import { createGroup } from '../../../src/identity/group/group.ts';
import { addUser, removeUser } from '../../../src/identity/group/membership.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { authorizationUrl, registerService, registerUser, signIn } from './service.ts';

describe('A person', () => {
  let gatelodge: Gatelodge;
  let alice: number;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    alice = await registerUser(gatelodge, 'alice');
    await registerUser(gatelodge, 'bob');
  });
  afterAll(() => gatelodge.stop());

  it('who may no longer open the application cannot use the tokens that they have', async () => {
    const { db, changes } = gatelodge.deps;
    const service = await registerService(gatelodge, 'closed');
    const { id: groupId } = await createGroup(db, changes, { name: 'Family' });
    await createBinding(db, changes, { applicationId: service.applicationId, groupId });
    await addUser(db, changes, groupId, alice);
    const scope = 'openid profile offline_access';
    const tokens = await signIn(gatelodge.browser(), service, { scope });
    expect(tokens.claims()).toMatchObject({ groups: ['Family'] });

    await removeUser(db, changes, groupId, alice);
    const sub = tokens.claims()?.sub ?? '';
    await expect(openid.fetchUserInfo(service.config, tokens.access_token, sub)).rejects.toThrow();
    const refresh = openid.refreshTokenGrant(service.config, tokens.refresh_token ?? '');
    await expect(refresh).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('is not let in silently for an id_token_hint that names somebody else', async () => {
    const service = await registerService(gatelodge, 'wiki');
    const { id_token: hint = '' } = await signIn(gatelodge.browser(), service);
    const browser = gatelodge.browser();
    await signIn(browser, service, { username: 'bob' });
    const { url } = await authorizationUrl(service, { prompt: 'none', id_token_hint: hint });
    const page = await browser.get(url.href);
    expect(page.location?.searchParams.get('error')).toBe('login_required');
  });

  it('who has typed only a name is not signed in', async () => {
    const service = await registerService(gatelodge, 'half');
    const browser = gatelodge.browser();
    const { url } = await authorizationUrl(service);
    const page = await browser.visit(url.href);
    await page.form().submit({ uid_field: 'alice' }, { follow: true });
    const silent = await authorizationUrl(service, { prompt: 'none' });
    const answer = await browser.get(silent.url.href);
    expect(answer.location?.searchParams.get('error')).toBe('login_required');
  });

  it('is known to a public client without a secret', async () => {
    const service = await registerService(gatelodge, 'desktop', { clientType: 'public' });
    const tokens = await signIn(gatelodge.browser(), service, { scope: 'openid offline_access' });
    const renewed = await openid.refreshTokenGrant(service.config, tokens.refresh_token ?? '');
    expect(renewed.claims()?.sub).toBe(tokens.claims()?.sub);
  });
});
