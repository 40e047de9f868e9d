// authentik's published npm client, unchanged, calling what we have: the proof that scripts written for it fit.

import {
  Configuration,
  CoreApi,
  EventsApi,
  IntentEnum,
  PoliciesApi,
  RootApi,
  UserTypeEnum,
} from '@goauthentik/api';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { everyBackend } from '../support/backends.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../support/gatelodge.ts';

everyBackend("authentik's API client", (backend) => {
  let gatelodge: Gatelodge;
  let core: CoreApi;
  let configuration: Configuration;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    configuration = new Configuration({ basePath: `${gatelodge.origin}/api/v3`, accessToken: API_TOKEN });
    core = new CoreApi(configuration);
  });
  afterAll(() => gatelodge?.stop());

  it('reads who it is', async () => {
    const { user } = await core.coreUsersMeRetrieve();
    expect(user).toMatchObject({ username: 'akadmin', isSuperuser: true, isActive: true });
    expect(user.groups).toEqual([{ name: 'Gatelodge Admins', pk: expect.any(String) }]);
    expect(user.uid).toMatch(/^[0-9a-f]{64}$/);
    expect(user.avatar).toMatch(/^data:image\/svg\+xml;base64,/);
  });

  it('creates, finds, changes and deletes a user', async () => {
    const created = await core.coreUsersCreate({
      userRequest: {
        username: 'Alice',
        name: 'Alice A',
        email: 'Alice@example.com',
        attributes: { shoe: 39 },
      },
    });
    expect(created).toMatchObject({
      username: 'Alice',
      isActive: true,
      isSuperuser: false,
      type: UserTypeEnum.Internal,
      path: 'users',
      groups: [],
      attributes: { shoe: 39 },
    });
    expect(created.dateJoined).toBeInstanceOf(Date);

    const found = await core.coreUsersList({ username: 'alice' });
    expect(found.results.map(({ pk }) => pk)).toEqual([created.pk]);
    expect(await core.coreUsersRetrieve({ id: created.pk })).toEqual(created);

    const changed = await core.coreUsersPartialUpdate({
      id: created.pk,
      patchedUserRequest: { name: 'Alice B', isActive: false },
    });
    expect(changed).toMatchObject({ name: 'Alice B', isActive: false, email: 'Alice@example.com' });

    await core.coreUsersSetPasswordCreate({
      id: created.pk,
      userPasswordSetRequest: { password: 'a long one' },
    });
    await core.coreUsersDestroy({ id: created.pk });
    await expect(core.coreUsersRetrieve({ id: created.pk })).rejects.toMatchObject({
      response: { status: 404 },
    });
  });

  it('creates a service account with a group and an app password', async () => {
    const account = await core.coreUsersServiceAccountCreate({
      userServiceAccountRequest: { name: 'backup', createGroup: true },
    });
    expect(account).toMatchObject({
      username: 'backup',
      token: expect.any(String),
      userPk: expect.any(Number),
    });
    const user = await core.coreUsersRetrieve({ id: account.userPk });
    expect(user).toMatchObject({ type: UserTypeEnum.ServiceAccount, groups: [account.groupPk] });
    const { results } = await core.coreTokensList({ userUsername: 'backup' });
    expect(results.map(({ intent }) => intent)).toEqual([IntentEnum.AppPassword]);
  });

  it('nests groups and moves users in and out of them', async () => {
    const bob = await core.coreUsersCreate({ userRequest: { username: 'bob', name: 'Bob' } });
    const family = await core.coreGroupsCreate({ groupRequest: { name: 'family' } });
    const children = await core.coreGroupsCreate({
      groupRequest: { name: 'children', parents: [family.pk] },
    });
    await core.coreGroupsAddUserCreate({ groupUuid: children.pk, userAccountRequest: { pk: bob.pk } });

    const shown = await core.coreGroupsRetrieve({ groupUuid: children.pk });
    expect(shown).toMatchObject({ users: [bob.pk], parents: [family.pk] });
    expect(shown.usersObj?.[0]).toMatchObject({ username: 'bob' });
    const { results } = await core.coreGroupsList({ membersByUsername: ['bob'] });
    expect(results.map(({ name }) => name)).toEqual(['children']);
    expect((await core.coreGroupsRetrieve({ groupUuid: family.pk })).children).toEqual([children.pk]);

    await core.coreGroupsRemoveUserCreate({ groupUuid: children.pk, userAccountRequest: { pk: bob.pk } });
    expect((await core.coreGroupsRetrieve({ groupUuid: children.pk })).users).toEqual([]);
    await core.coreGroupsPartialUpdate({ groupUuid: children.pk, patchedGroupRequest: { users: [bob.pk] } });
    expect((await core.coreUsersRetrieve({ id: bob.pk })).groups).toEqual([children.pk]);
    await core.coreGroupsDestroy({ groupUuid: family.pk });
    expect((await core.coreGroupsRetrieve({ groupUuid: children.pk })).parents).toEqual([]);
  });

  it('creates an application, and says who may open it', async () => {
    const carol = await core.coreUsersCreate({ userRequest: { username: 'carol', name: 'Carol' } });
    const staff = await core.coreGroupsCreate({ groupRequest: { name: 'staff' } });
    const application = await core.coreApplicationsCreate({
      applicationRequest: { name: 'Wiki', slug: 'wiki', metaLaunchUrl: 'https://wiki.test/%(username)s' },
    });
    expect(application).toMatchObject({
      slug: 'wiki',
      launchUrl: 'https://wiki.test/akadmin',
      provider: undefined,
    });

    const mayOpen = async () =>
      (await core.coreApplicationsCheckAccessRetrieve({ slug: 'wiki', forUser: carol.pk })).passing;
    expect(await mayOpen()).toBe(true);
    const policies = new PoliciesApi(configuration);
    const binding = await policies.policiesBindingsCreate({
      policyBindingRequest: { target: application.pk, group: staff.pk, order: 0 },
    });
    expect(binding).toMatchObject({ target: application.pk, group: staff.pk, enabled: true, negate: false });
    expect(await mayOpen()).toBe(false);
    await core.coreUsersPartialUpdate({ id: carol.pk, patchedUserRequest: { groups: [staff.pk] } });
    expect(await mayOpen()).toBe(true);
    await policies.policiesBindingsPartialUpdate({
      policyBindingUuid: binding.pk,
      patchedPolicyBindingRequest: { negate: true },
    });
    expect(await mayOpen()).toBe(false);

    const listed = await core.coreApplicationsList({ superuserFullList: true });
    expect(listed.results.map(({ slug }) => slug)).toContain('wiki');
    await core.coreApplicationsUpdate({
      slug: 'wiki',
      applicationRequest: { name: 'The Wiki', slug: 'the-wiki' },
    });
    await core.coreApplicationsDestroy({ slug: 'the-wiki' });
  });

  it('issues a token, shows its key, and replaces it', async () => {
    const token = await core.coreTokensCreate({ tokenRequest: { identifier: 'ci', intent: IntentEnum.Api } });
    expect(token).toMatchObject({ identifier: 'ci', expiring: true, userObj: { username: 'akadmin' } });
    const { key } = await core.coreTokensViewKeyRetrieve({ identifier: 'ci' });
    expect(key).toHaveLength(60);

    const asToken = (accessToken: string) =>
      new CoreApi(
        new Configuration({ basePath: `${gatelodge.origin}/api/v3`, accessToken }),
      ).coreUsersMeRetrieve();
    await expect(asToken(key)).resolves.toMatchObject({ user: { username: 'akadmin' } });
    await core.coreTokensSetKeyCreate({
      identifier: 'ci',
      tokenSetKeyRequest: { key: 'another-key-of-mine' },
    });
    await expect(asToken(key)).rejects.toMatchObject({ response: { status: 403 } });
    await expect(asToken('another-key-of-mine')).resolves.toMatchObject({ user: { username: 'akadmin' } });
    await core.coreTokensDestroy({ identifier: 'ci' });
    await expect(asToken('another-key-of-mine')).rejects.toMatchObject({ response: { status: 403 } });
  });

  it('reads the audit trail of all that, without secrets', async () => {
    const { results } = await new EventsApi(configuration).eventsEventsList({ pageSize: 100 });
    const actions = new Set<string>(results.map(({ action }) => action));
    for (const action of [
      'model_created',
      'model_updated',
      'model_deleted',
      'password_set',
      'secret_view',
      'secret_rotate',
    ]) {
      expect(actions).toContain(action);
    }
    const everything = JSON.stringify(results);
    expect(everything).not.toContain('a long one');
    expect(everything).not.toContain('another-key-of-mine');
  });

  it('reads the root configuration without credentials', async () => {
    const root = new RootApi(new Configuration({ basePath: `${gatelodge.origin}/api/v3` }));
    expect((await root.rootConfigRetrieve()).errorReporting.enabled).toBe(false);
  });
});
