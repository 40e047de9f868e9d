import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXTERNAL, missingFor } from '../../support/backends.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../../support/gatelodge-process.ts';
import { createDataDirectory, createPostgresDatabase, removeDataDirectory } from '../../support/services.ts';
import { runGatelodge } from './gatelodge-command.ts';

interface Arrangement {
  readonly isServing: boolean;
  readonly database: 'embedded' | 'postgres';
}

/** An installation for one table of tests: its commands, and a server when there is one. */
function arrange({ isServing, database }: Arrangement) {
  let environment: Record<string, string> = {};
  let server: GatelodgeProcess | undefined;

  beforeAll(async () => {
    const dataDirectory = await createDataDirectory(database === 'embedded' ? 'migrated' : 'empty');
    environment = {
      GATELODGE_DATA_DIR: dataDirectory,
      GATELODGE_SECRET_KEY: 'only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz',
      GATELODGE_BOOTSTRAP_PASSWORD: 'correct horse battery staple',
      GATELODGE_PASSWORD_MEMORY_KIB: '8192',
      GATELODGE_PASSWORD_PASSES: '1',
      ...(database === 'postgres' ? { DATABASE_URL: await createPostgresDatabase() } : {}),
    };
    if (!isServing) return;
    server = await startGatelodgeProcess({ dataDirectory, environment });
    await server.untilReady();
  });
  afterAll(async () => {
    await server?.end('SIGTERM');
    removeDataDirectory(environment.GATELODGE_DATA_DIR ?? '');
  });

  const gatelodge = (argv: string[], input?: string, more: Record<string, string> = {}) =>
    runGatelodge({ ...environment, ...more }, argv, input);
  const jsonOf = async (argv: string[]) => JSON.parse((await gatelodge([...argv, '--json'])).out);
  return { gatelodge, jsonOf, address: () => new URL(server?.origin ?? 'http://127.0.0.1:9').host };
}

const ELSEWHERE = [
  { name: 'without a server', isServing: false, database: 'embedded' },
  { name: 'beside a server on PostgreSQL', isServing: true, database: 'postgres' },
] as const;
const runnable = ELSEWHERE.filter(({ database }) => database === 'embedded' || !missingFor(EXTERNAL));

describe.each(runnable)('gatelodge <noun> <verb> $name', (arrangement) => {
  const { gatelodge, jsonOf, address } = arrange(arrangement);

  it('does the same, in its own process', async () => {
    const created = await gatelodge(['user', 'create', 'bob', '--password-stdin'], 'a password of bob\n');
    expect(created).toMatchObject({ exit: 0, err: '' });
    const names = (await jsonOf(['user', 'list'])).map((user: { username: string }) => user.username);
    expect(names).toEqual(['akadmin', 'bob']);
    expect(await gatelodge(['user', 'create', 'BOB'])).toMatchObject({ exit: 1, out: '' });
    expect(await jsonOf(['check'])).toContainEqual({
      part: 'database',
      ok: true,
      detail: arrangement.database,
    });
  });

  it('tells whether a server is ready', async () => {
    const asked = await gatelodge(['healthcheck'], '', { GATELODGE_LISTEN_HTTP: address() });
    expect(asked).toMatchObject(arrangement.isServing ? { exit: 0, out: 'ready\n' } : { exit: 1, out: '' });
  });
});

describe('gatelodge <noun> <verb> while the server has the embedded database open', () => {
  const { gatelodge, jsonOf } = arrange({ isServing: true, database: 'embedded' });

  it('creates people, with a password from standard input', async () => {
    const created = await gatelodge(
      ['user', 'create', 'bob', '--name', 'Bob', '--password-stdin'],
      'a password of bob\n',
    );
    expect(created).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^Created user bob \(\d+\)\.\n$/),
      err: '',
    });
    const [bob] = (await jsonOf(['user', 'list'])).filter(
      (user: { username: string }) => user.username === 'bob',
    );
    expect(bob).toEqual({
      pk: expect.any(Number),
      username: 'bob',
      name: 'Bob',
      email: '',
      is_active: true,
      type: 'internal',
      uid: expect.stringMatching(/^[0-9a-f]{64}$/),
      last_login: null,
    });
  });

  it('shows a table to people', async () => {
    const { out } = await gatelodge(['user', 'list']);
    expect(out).toMatch(/^Id +Username +Name +E-mail +Active +Last sign-in\n─+\n/);
    expect(out).toMatch(/^\d+ +bob +Bob +– +yes +–$/m);
  });

  it('refuses in words, with the code, and exit code 1', async () => {
    expect(await gatelodge(['user', 'create', 'BOB'])).toEqual({
      exit: 1,
      out: '',
      err: 'Refused (invalid_input):\n  username: A user with that username already exists.\n',
    });
    expect(await gatelodge(['user', 'delete', 'nobody'])).toEqual({
      exit: 1,
      out: '',
      err: 'Refused (not_found): There is no user "nobody".\n',
    });
  });

  it('refuses a weak password before anything is made, in words', async () => {
    const refused = await gatelodge(['user', 'create', 'carl', '--password-stdin'], 'password123\n');
    expect(refused).toEqual({
      exit: 1,
      out: '',
      err:
        'Refused (invalid_input):\n  password: This password is in the lists of stolen passwords that attackers try ' +
        'first. Choose another one.\n',
    });
    expect(await gatelodge(['user', 'delete', 'carl'])).toMatchObject({ exit: 1 });
  });

  it('answers wrong usage with exit code 2', async () => {
    for (const argv of [
      ['user', 'creat'],
      ['usr', 'list'],
      ['user', 'create'],
      ['user', 'list', '--colour'],
    ]) {
      expect(await gatelodge(argv)).toMatchObject({ exit: 2, out: '' });
    }
  });

  it('rotates the signing keys: the next one is published now, and signs in a day or at once', async () => {
    const [first] = await jsonOf(['key', 'list']);
    const [coming] = await jsonOf(['key', 'rotate', '--algorithm', 'RS256']);
    expect(Date.parse(coming.active_at) - Date.now()).toBeGreaterThan(23 * 60 * 60 * 1000);
    const [signing] = await jsonOf(['key', 'rotate', '--now']);
    expect(Date.parse(signing.active_at)).toBeLessThanOrEqual(Date.now());
    const kids = (await jsonOf(['key', 'list'])).map(({ kid }: { kid: string }) => kid);
    expect(kids).toEqual([signing.kid, first.kid]);
    expect(await gatelodge(['key', 'rotate', '--algorithm', 'HS256'])).toMatchObject({ exit: 2, out: '' });
  });

  it('retires a signing key once that is confirmed, and says what signs instead', async () => {
    const [{ kid }] = await jsonOf(['key', 'list']);
    const refused = await gatelodge(['key', 'retire', kid]);
    expect(refused).toMatchObject({ exit: 1, out: '' });
    expect(refused.err).toContain('--yes');
    const { successor } = await jsonOf(['key', 'retire', kid, '--yes']);
    const kids = (await jsonOf(['key', 'list'])).map((key: { kid: string }) => key.kid);
    expect(kids).toContain(successor);
    expect(kids).not.toContain(kid);
    expect(await gatelodge(['key', 'retire', kid, '--yes'])).toMatchObject({ exit: 1 });
  });

  it('keeps groups and who is in them', async () => {
    await gatelodge(['group', 'create', 'family']);
    expect(await gatelodge(['group', 'add-user', 'family', 'bob'])).toMatchObject({ exit: 0 });
    expect((await gatelodge(['group', 'list'])).out).toContain('family');
    expect(await gatelodge(['group', 'remove-user', 'family', 'bob'])).toMatchObject({ exit: 0 });
    expect(await gatelodge(['group', 'delete', 'family'])).toMatchObject({ exit: 0 });
  });

  it('registers an application, and tells what its service is configured with', async () => {
    const argv = ['application', 'create', 'rss', '--redirect-uri', 'https://rss.example.com/cb'];
    const made = await jsonOf(argv);
    expect(made).toEqual({
      slug: 'rss',
      provider: expect.any(Number),
      client_id: expect.stringMatching(/^\w{40}$/),
      client_secret: expect.stringMatching(/^\w{128}$/),
    });
    expect((await gatelodge(['provider', 'secret', 'rss'])).out).toBe(`${made.client_secret}\n`);
    expect((await gatelodge(['provider', 'secret', 'rss', '--rotate'])).out).not.toContain(
      made.client_secret,
    );
    await gatelodge(['provider', 'set-redirect-uris', 'rss', 'https://rss.example.com/new']);
    const shown = await jsonOf(['provider', 'show', 'rss']);
    expect(shown).toMatchObject({
      client_id: made.client_id,
      redirect_uris: ['https://rss.example.com/new'],
    });
    expect(JSON.stringify(shown)).not.toContain(made.client_secret);
    expect(await gatelodge(['application', 'delete', 'rss'])).toMatchObject({ exit: 0 });
    expect(await jsonOf(['provider', 'list'])).toEqual([]);
  });

  it('changes what only some clients need, and what an application demands', async () => {
    await jsonOf(['application', 'create', 'feed', '--redirect-uri', 'https://feed.example.com/cb']);
    const set = ['provider', 'set', 'feed', '--algorithm', 'ES256', '--grant-type', 'client_credentials'];
    const times = ['--access-token-validity', 'minutes=5', '--consent-validity', 'days=30'];
    expect(await jsonOf([...set, ...times, '--require-pkce', '--sub-mode', 'user_username'])).toMatchObject({
      settings: expect.arrayContaining(['signingAlgorithm', 'consentValiditySeconds']),
    });
    expect(await jsonOf(['provider', 'show', 'feed'])).toMatchObject({
      signing_algorithm: 'ES256',
      grant_types: ['client_credentials'],
      access_token_validity: 'minutes=5',
      pkce_required: true,
      sub_mode: 'user_username',
    });
    const wrong = await gatelodge(['provider', 'set', 'feed', '--access-token-validity', 'soon']);
    expect(wrong).toMatchObject({ exit: 1, err: expect.stringContaining('hours=1;minutes=30') });
    const demand = ['--require-mfa', '--max-session-age', '3600', '--name', 'The feed'];
    await jsonOf(['application', 'update', 'feed', ...demand]);
    expect(await jsonOf(['application', 'list'])).toContainEqual(
      expect.objectContaining({ name: 'The feed' }),
    );
    expect(await gatelodge(['application', 'delete', 'feed'])).toMatchObject({ exit: 0 });
  });

  it('makes tokens, whose keys are printed once', async () => {
    const { out: key } = await gatelodge(['token', 'create', 'ci', '--user', 'akadmin', '--days', '7']);
    expect(key).toMatch(/^[\w-]{60}\n$/);
    expect((await gatelodge(['token', 'list', '--json'])).out).not.toContain(key.trim());
    expect(await gatelodge(['token', 'delete', 'ci'])).toMatchObject({ exit: 0 });
  });

  it('lists and ends sessions', async () => {
    expect(await jsonOf(['session', 'list', 'akadmin'])).toEqual([]);
    expect(await gatelodge(['session', 'end', crypto.randomUUID()])).toMatchObject({ exit: 1 });
    expect(await gatelodge(['session', 'end-all', 'akadmin'])).toMatchObject({ exit: 0 });
  });

  it('prints settings without secrets', async () => {
    const { out } = await gatelodge(['config']);
    expect(out).toContain('GATELODGE_SECRET_KEY');
    expect(out).not.toContain('only-for-tests');
    expect(out).not.toContain('correct horse');
  });
});
