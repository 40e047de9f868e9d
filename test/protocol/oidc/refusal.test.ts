// Who may not open an application learns why, and who could change it; the application learns only that.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBinding } from '../../../src/identity/access/binding.ts';
import { updateApplication } from '../../../src/identity/application/application.ts';
import { createGroup } from '../../../src/identity/group/group.ts';
import { EMBEDDED } from '../../support/backends.ts';
import { type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { authorizationUrl, registerService, registerUser, type Service, walk } from './service.ts';

describe('A person whom the access rules refuse', () => {
  let gatelodge: Gatelodge;
  let service: Service;

  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
    const { db, changes } = gatelodge.deps;
    service = await registerService(gatelodge, 'ledger');
    const { id: groupId } = await createGroup(db, changes, { name: 'bookkeepers' });
    await createBinding(db, changes, { applicationId: service.applicationId, groupId });
    await registerUser(gatelodge, 'alice');
  });
  afterAll(() => gatelodge.stop());

  it('is told which group may open it, and whom to ask', async () => {
    const { url } = await authorizationUrl(service);
    const page = await walk(gatelodge.browser(), url.href);
    expect(page.status).toBe(403);
    expect(page.text('main')).toContain('bookkeepers may open it. Ask an administrator');
    expect(page.text('main')).toContain('signed in as alice');
    expect(faultsOf(page.body)).toEqual([]);
  });

  it('is told what else is missing where all rules must hold, and that the rules leave them out', async () => {
    const { db, changes } = gatelodge.deps;
    const both = await registerService(gatelodge, 'both');
    const [first, second] = [
      await createGroup(db, changes, { name: 'readers' }),
      await createGroup(db, changes, { name: 'writers' }),
    ];
    const userId = (await db.user.findFirstOrThrow({ where: { username: 'alice' } })).id;
    await db.groupMembership.create({ data: { userId, groupId: first.id } });
    for (const { id: groupId } of [first, second]) {
      await createBinding(db, changes, { applicationId: both.applicationId, groupId });
    }
    await updateApplication(db, changes, both.applicationId, { policyEngineMode: 'all' });
    const page = await walk(gatelodge.browser(), (await authorizationUrl(both)).url.href);
    expect(page.text('main')).toContain('Only people who are also in writers may open it.');

    const without = await registerService(gatelodge, 'without');
    await createBinding(db, changes, { applicationId: without.applicationId, userId, isNegated: true });
    const left = await walk(gatelodge.browser(), (await authorizationUrl(without)).url.href);
    expect(left.text('main')).toContain('Its rules leave you out. Ask an administrator');
  });

  it('is led back to the application with access_denied', async () => {
    const { url, checks } = await authorizationUrl(service);
    let page = await walk(gatelodge.browser(), url.href);
    page = await page.form().submit({});
    for (let step = 0; step < 5 && page.location?.origin === gatelodge.origin; step += 1) {
      page = await page.followRedirect();
    }
    expect(page.location?.origin).toBe('https://service.test');
    expect(page.location?.searchParams.get('error')).toBe('access_denied');
    expect(page.location?.searchParams.get('state')).toBe(checks.expectedState);
    expect(page.location?.href).not.toContain('bookkeepers');
  });

  it('is not asked for a second factor first', async () => {
    const { db, changes } = gatelodge.deps;
    const browser = gatelodge.browser();
    await walk(browser, (await authorizationUrl(service)).url.href);
    await updateApplication(db, changes, service.applicationId, { mustUseMfa: true });
    const page = await walk(browser, (await authorizationUrl(service)).url.href);
    expect(page.status).toBe(403);
  });

  it('with prompt=none is not shown a page', async () => {
    const browser = gatelodge.browser();
    await walk(browser, (await authorizationUrl(service, { prompt: 'login' })).url.href);
    const { url } = await authorizationUrl(service, { prompt: 'none' });
    const page = await browser.get(url.href);
    expect(page.location?.searchParams.get('error')).toMatch(/access_denied|login_required/);
  });
});
