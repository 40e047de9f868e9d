// `gatelodge application create --kind …` and `gatelodge provider show … --snippet …`.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiOf } from '../../support/api-client.ts';
import { startGatelodgeProcess } from '../../support/gatelodge-process.ts';
import { createDataDirectory, removeDataDirectory } from '../../support/services.ts';
import { runGatelodge } from './gatelodge-command.ts';

interface Act {
  readonly action: string;
  readonly context: { readonly model?: { readonly app: string } };
}

const TOKEN = 'suite-token-0123456789abcdefghijklmnopqrstuvwxyz';

let environment: Record<string, string>;

beforeAll(async () => {
  environment = {
    GATELODGE_DATA_DIR: await createDataDirectory('migrated'),
    GATELODGE_SECRET_KEY: 'only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz',
  };
});
afterAll(() => removeDataDirectory(environment.GATELODGE_DATA_DIR ?? ''));

const gatelodge = (...argv: string[]) => runGatelodge(environment, argv);

describe('an application behind a proxy, by command', () => {
  it('is made, shown, and told to the proxy', async () => {
    const options = ['--external-host', 'https://films.example.com', '--open', '^/health$', '--json'];
    const created = await gatelodge('application', 'create', 'films', '--kind', 'forward_single', ...options);
    expect(created).toMatchObject({ exit: 0, err: '' });
    expect(JSON.parse(created.out)).toMatchObject({ slug: 'films', mode: 'forward_single' });
    const shown = JSON.parse((await gatelodge('provider', 'show', 'films', '--json')).out);
    expect(shown).toMatchObject({
      external_host: 'https://films.example.com',
      skip_path_regex: '^/health$',
      intercept_header_auth: true,
      jwt_federation_providers: [],
      issuer: '/application/o/films/',
    });
    const snippet = await gatelodge(
      'provider',
      'show',
      'films',
      '--snippet',
      'caddy',
      '--gatelodge',
      '10.0.0.2:9000',
    );
    expect(snippet.out).toContain('https://films.example.com {');
    expect(snippet.out).toContain('forward_auth 10.0.0.2:9000');
  });

  it('shows its client, and the expressions that choose for each person', async () => {
    const upstream = ['--external-host', 'https://code.example.com', '--internal-host', 'http://code:8080'];
    await gatelodge('application', 'create', 'code', '--kind', 'proxy', ...upstream);
    const shown = JSON.parse((await gatelodge('provider', 'show', 'code', '--json')).out);
    expect(shown).toMatchObject({
      client_id: expect.stringMatching(/^\w{40}$/),
      backend_override_attribute: '',
      backend_override_expression: '',
      host_header_attribute: '',
      host_header_expression: '',
    });
  });

  it('tells its client secret, and a new one, on record', async () => {
    const secretOf = async (...argv: string[]) => (await gatelodge('provider', 'secret', ...argv)).out.trim();
    const { pk } = JSON.parse((await gatelodge('provider', 'show', 'films', '--json')).out);
    const [first, second] = [await secretOf('films'), await secretOf('films', '--rotate')];
    for (const secret of [first, second]) expect(secret).toMatch(/^\w{128}$/);
    expect(second).not.toBe(first);
    expect(await secretOf(String(pk))).toBe(second);
    const server = await startGatelodgeProcess({
      dataDirectory: environment.GATELODGE_DATA_DIR ?? '',
      environment: { ...environment, GATELODGE_BOOTSTRAP_TOKEN: TOKEN },
    });
    try {
      await server.untilReady();
      const { results } = await apiOf(server.origin, TOKEN)('GET', 'events/events/?ordering=created');
      const acts = (results as Act[]).filter(({ context }) => context.model?.app === 'protocol.outpost');
      expect(acts.map(({ action }) => action)).toEqual(['secret_view', 'secret_rotate', 'secret_view']);
      expect(acts[0]?.context.model).toMatchObject({ model_name: 'proxyprovider', name: 'films', pk });
      for (const secret of [first, second]) expect(JSON.stringify(results)).not.toContain(secret);
    } finally {
      await server.end('SIGTERM');
    }
  });

  it('is refused in words', async () => {
    const nowhere = await gatelodge(
      'application',
      'create',
      'notes',
      '--kind',
      'proxy',
      '--external-host',
      'https://n.example.com',
    );
    expect(nowhere.exit).toBe(1);
    expect(nowhere.err).toContain('internal_host');
    const odd = await gatelodge('provider', 'show', 'films', '--snippet', 'apache');
    expect(odd.exit).not.toBe(0);
  });
});
