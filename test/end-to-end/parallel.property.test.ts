// Security.md: what counts once counts once, also when it is sent thirty times at the same moment to two replicas; and
// nobody is answered with a 500.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { replaceRecoveryCodes } from '../../src/signin/stage/recovery-code/recovery-code.ts';
import { issueRecoveryLink } from '../../src/signin/stage/recovery-link/recovery-link.ts';
import { giveTotp } from '../signin/stage/authenticator-app.ts';
import { apiOf, createOidcApplication, createPerson } from '../support/api-client.ts';
import { type Backend, EXTERNAL, everyBackend } from '../support/backends.ts';
import type { Browser } from '../support/browser.ts';
import { API_TOKEN, type Gatelodge, startGatelodge, startReplica } from '../support/gatelodge.ts';
import type { Page } from '../support/page.ts';

const PASSWORD = 'a password for tests';
const NEW = { password: 'velvet harbour moss', password_repeat: 'velvet harbour moss' };
const POSTGRES_ALONE: Backend = { name: 'PostgreSQL alone', database: 'postgres', sessions: 'database' };
const AT_ONCE = 30;
const CLIENT = { id: 'wiki', secret: 'a-secret-of-the-wiki', redirectUri: 'https://wiki.test/callback' };

everyBackend(
  'two replicas that are asked at the same moment',
  (stores) => {
    let replicas: Gatelodge[];
    let userId: number;
    let username: string;
    let count = 0;

    beforeAll(async () => {
      const environment = { GATELODGE_PASSWORD_QUEUE: '200' };
      const here = await startGatelodge({ ...stores, environment });
      replicas = [here, await startReplica(here.environment)];
      await createOidcApplication(apiOf(here.origin, API_TOKEN), {
        name: 'Wiki',
        slug: 'wiki',
        clientId: CLIENT.id,
        clientSecret: CLIENT.secret,
        redirectUris: [CLIENT.redirectUri],
      });
    });
    beforeEach(async () => {
      await main().deps.db.lockout.deleteMany();
      count += 1;
      username = `person-${count}`;
      const person = { username, name: '', email: `${username}@home.test`, password: PASSWORD };
      userId = await createPerson(apiOf(main().origin, API_TOKEN), person);
    });
    afterAll(async () => {
      for (const replica of replicas?.toReversed() ?? []) await replica.stop();
    });

    function main(): Gatelodge {
      const [first] = replicas;
      if (!first) throw new Error('no replica');
      return first;
    }

    /** The same for each of thirty browsers, half of them at either replica. */
    const all = <Result>(work: (browser: Browser, index: number) => Promise<Result>): Promise<Result[]> =>
      Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => {
          const replica = replicas[index % replicas.length] ?? main();
          return work(replica.browser(), index);
        }),
      );

    /** One after the other: right passwords are charged too while they are looked at. */
    async function inTurn<Result>(work: (browser: Browser) => Promise<Result>): Promise<Result[]> {
      const results: Result[] = [];
      for (let index = 0; index < AT_ONCE; index++) {
        results.push(await work((replicas[index % replicas.length] ?? main()).browser()));
      }
      return results;
    }

    async function toSecondFactor(browser: Browser): Promise<Page> {
      const name = await browser.visit('/if/flow/default-authentication-flow/');
      const password = await name.form('form.stack').submit({ uid_field: username }, { follow: true });
      return password.form('form.stack').submit({ password: PASSWORD }, { follow: true });
    }

    function expectNoFault(answers: readonly Page[]): void {
      expect(answers.filter(({ status }) => status === 500)).toEqual([]);
    }

    const sessionCount = async () => (await main().deps.sessions.list(userId)).length;

    it('take a code of an authenticator app once', async () => {
      const phone = await giveTotp(main(), userId);
      const pages = await inTurn(toSecondFactor);
      const code = phone.code();
      const answers = await Promise.all(pages.map((page) => page.form('form.stack').submit({ code })));
      expectNoFault(answers);
      expect(await sessionCount()).toBe(1);
    });

    it('take a recovery code once', async () => {
      await giveTotp(main(), userId);
      const { db, changes } = main().deps;
      const [code = ''] = await replaceRecoveryCodes(db, changes, userId);
      const pages = await inTurn(async (browser) => {
        const totp = await toSecondFactor(browser);
        const choose = totp.form('form:has(button[name=factor])');
        const choice = await choose.submit({ factor: 'another' }, { follow: true });
        return choice.form().submit({ factor: 'recovery-code' }, { follow: true });
      });
      const answers = await Promise.all(pages.map((page) => page.form('form.stack').submit({ code })));
      expectNoFault(answers);
      expect(await sessionCount()).toBe(1);
    });

    it('follow a recovery link once', async () => {
      const path = await issueRecoveryLink(main().deps.db, userId);
      const pages = await all((browser) => browser.visit(path));
      const answers = await Promise.all(
        pages.map((page) => page.form('form.stack').submit({}, { follow: true })),
      );
      expectNoFault(answers);
      const asked = answers.filter((page) => page.text('h1') === 'Choose a new password');
      expect(asked).toHaveLength(1);
    });

    it('let one in by an invitation for one', async () => {
      const { body } = await main().api<{ pk: string }>('POST', '/stages/invitation/invitations/', {
        name: `invitation-${count}`,
        single_use: true,
      });
      const path = `/if/flow/default-enrollment-flow/?itoken=${body.pk}`;
      const pages = await all((browser) => browser.visit(path));
      const answers = await Promise.all(
        pages.map((page, index) =>
          page.form('form.stack').submit({ ...NEW, username: `guest-${count}-${index}` }),
        ),
      );
      expectNoFault(answers);
      const where = { username: { startsWith: `guest-${count}-` } };
      expect(await main().deps.db.user.count({ where })).toBe(1);
    });

    const token = (browser: Browser, fields: Record<string, string>): Promise<Page> => {
      const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
      return browser.post('/application/o/token/', fields, { headers: { authorization: `Basic ${basic}` } });
    };

    async function getCode(): Promise<Record<string, string>> {
      const browser = main().browser();
      await toSecondFactor(browser);
      const query = new URLSearchParams({
        client_id: CLIENT.id,
        redirect_uri: CLIENT.redirectUri,
        response_type: 'code',
        scope: 'openid offline_access',
      });
      let page = await browser.get(`/application/o/authorize/?${query}`);
      while (page.location?.origin === page.url.origin) page = await page.followRedirect();
      const code = page.location?.searchParams.get('code') ?? '';
      return { grant_type: 'authorization_code', code, redirect_uri: CLIENT.redirectUri };
    }

    it('redeem a code once, and revoke what it brought', async () => {
      const redemption = await getCode();
      const answers = await all((browser) => token(browser, redemption));
      expectNoFault(answers);
      const winners = answers.filter(({ status }) => status === 200);
      expect(winners).toHaveLength(1);
      const { refresh_token = '' } = winners[0]?.json<Record<string, string>>() ?? {};
      const later = await token(main().browser(), { grant_type: 'refresh_token', refresh_token });
      expect(later.json()).toMatchObject({ error: 'invalid_grant' });
    });

    it('refresh a token once, and revoke its family', async () => {
      const first = await token(main().browser(), await getCode());
      const { refresh_token = '' } = first.json<Record<string, string>>();
      const answers = await all((browser) => token(browser, { grant_type: 'refresh_token', refresh_token }));
      expectNoFault(answers);
      const winners = answers.filter(({ status }) => status === 200);
      expect(winners).toHaveLength(1);
      const won = winners[0]?.json<Record<string, string>>().refresh_token ?? '';
      const later = await token(main().browser(), { grant_type: 'refresh_token', refresh_token: won });
      expect(later.json()).toMatchObject({ error: 'invalid_grant' });
    });
  },
  [POSTGRES_ALONE, EXTERNAL],
);
