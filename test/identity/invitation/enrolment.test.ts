import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { HOME, type MailboxApp, startMailbox } from '../../signin/recovery/mailbox.ts';
import { everyBackend } from '../../support/backends.ts';
import { ADMIN_PASSWORD } from '../../support/gatelodge.ts';
import { linkIn } from '../../support/mail-sink.ts';
import { faultsOf } from '../../support/page-faults.ts';

interface Invited {
  readonly pk: string;
  readonly name: string;
}

const PASSWORDS = { password: 'velvet harbour moss', password_repeat: 'velvet harbour moss' };

everyBackend('enrolment', (backend) => {
  let app: MailboxApp;
  let groupId: string;
  let count = 0;
  beforeAll(async () => {
    app = await startMailbox(backend);
    groupId = (await app.api<{ pk: string }>('POST', '/core/groups/', { name: 'family' })).body.pk;
  });
  afterAll(() => app.stop());

  const invite = async (fields: object = {}) => {
    count += 1;
    const answer = await app.api<Invited>('POST', '/stages/invitation/invitations/', {
      name: `invitation-${count}`,
      ...fields,
    });
    expect(answer.status).toBe(201);
    return { ...answer.body, path: `/if/flow/default-enrollment-flow/?itoken=${answer.body.pk}` };
  };

  it('makes an account with an invitation, in its groups, and signs in', async () => {
    const data = { username: 'gina', name: 'Gina', email: 'gina@example.test', groups: [groupId] };
    const { path } = await invite({ fixed_data: data });
    const browser = app.browser();
    const page = await browser.visit(path);
    expect(faultsOf(page.body)).toEqual([]);
    expect(page.form().fields).toMatchObject({ username: 'gina', name: 'Gina', email: 'gina@example.test' });
    const done = await page.form().submit(PASSWORDS, { follow: true });
    expect([done.url.pathname, done.text('.notice')]).toEqual(['/if/user/', 'Your account is ready.']);
    expect(await app.whoIs(browser)).toBe('gina');
    const gina = await app.deps.db.user.findFirstOrThrow({
      where: { username: 'gina' },
      include: { memberships: true },
    });
    expect(gina).toMatchObject({ emailVerified: true, memberships: [{ groupId }] });
    const used = await app.deps.db.event.findFirstOrThrow({ where: { action: 'invitation_used' } });
    expect(used).toMatchObject({ username: 'gina', context: { invitation: `invitation-${count}` } });

    const late = await app.browser().visit(path);
    expect([late.status, late.text('main')]).toEqual([
      410,
      expect.stringContaining('This invitation was used already'),
    ]);
  });

  it('says what is wrong with what was typed, and keeps the invitation open', async () => {
    const { path } = await invite();
    const page = await app.browser().visit(path);
    const taken = await page.form().submit({ ...PASSWORDS, username: 'ANNA' });
    expect([taken.status, taken.text('#field-username-error')]).toEqual([
      400,
      'A user with that username already exists.',
    ]);
    const weak = await page
      .form()
      .submit({ username: 'hugo', password: 'hugohugohugo', password_repeat: 'hugohugohugo' });
    expect([weak.status, weak.form().fields.username]).toEqual([400, 'hugo']);
    const done = await weak.form().submit({ ...PASSWORDS, username: 'hugo' });
    expect(done.status).toBe(303);
  });

  it('asks a new address whether it is theirs, and believes it when the link in the mail is followed', async () => {
    const { path } = await invite();
    const browser = app.browser();
    const page = await browser.visit(path);
    await page.form().submit({ ...PASSWORDS, username: 'ida', email: 'ida@example.test' }, { follow: true });
    const ida = () => app.deps.db.user.findFirstOrThrow({ where: { username: 'ida' } });
    expect((await ida()).emailVerified).toBe(false);
    const link = linkIn(await app.sink.take('Confirm your e-mail address'));
    expect(link.origin).toBe(HOME);
    const confirm = await app.browser().visit(link.href);
    expect(faultsOf(confirm.body)).toEqual([]);
    expect((await ida()).emailVerified).toBe(false);
    await confirm.form().submit({});
    expect((await ida()).emailVerified).toBe(true);
    expect((await app.browser().visit(link.href)).status).toBe(410);
  });

  it('is closed to whoever was not invited, until an administrator opens it', async () => {
    const path = '/if/flow/default-enrollment-flow/';
    const closed = await app.browser().visit(path);
    expect([closed.status, closed.text('main')]).toEqual([403, expect.stringContaining('by invitation')]);
    const admin = app.browser();
    await app.signIn(admin, 'akadmin', ADMIN_PASSWORD);
    const list = await admin.visit('/if/admin/invitations/');
    expect(faultsOf(list.body)).toEqual([]);
    await list.form('form[action$="/enrolment/"]').submit({ is_open: 'on' }, { follow: true });
    const open = await (await app.browser().visit('/if/flow/default-authentication-flow/')).click(
      `a[href="${path}"]`,
    );
    expect((await open.form().submit({ ...PASSWORDS, username: 'jana' })).status).toBe(303);
    const dead = await app.browser().visit(`${path}?itoken=${crypto.randomUUID()}`);
    expect(dead.status).toBe(410);
    await (await admin.visit('/if/admin/invitations/'))
      .form('form[action$="/enrolment/"]')
      .submit({ is_open: [] });
    expect((await app.browser().visit(path)).status).toBe(403);
  });

  it('is prepared by an administrator on a page, with a link, a QR code and a mail', async () => {
    const admin = app.browser();
    await app.signIn(admin, 'akadmin', ADMIN_PASSWORD);
    const page = await admin.visit('/if/admin/invitations/create/');
    expect(faultsOf(page.body)).toEqual([]);
    const typed = {
      name: 'grandma',
      full_name: 'Karla',
      email: 'karla@example.test',
      groups: [groupId],
      uses: '2',
    };
    const detail = await page.form('main form').submit(typed, { follow: true });
    expect(faultsOf(detail.body)).toEqual([]);
    expect(detail.document.querySelector('svg.qr')).not.toBeNull();
    expect(detail.text('main')).toContain('0 of 2');
    const link = detail.text('.copy code');
    expect(detail.url.href).not.toContain(new URL(link).searchParams.get('itoken'));
    await detail.form('form[action$="/mail/"]').submit({}, { follow: true });
    const mail = await app.sink.take('You are invited');
    expect([mail.recipients, linkIn(mail).href]).toEqual([['karla@example.test'], link]);
    await (await admin.visit(detail.url.href)).form('form[action$="/delete/"]').submit({}, { follow: true });
    expect((await app.browser().visit(link)).status).toBe(410);
  });
});
