// `gatelodge application create --kind …` and `gatelodge provider show … --snippet …`.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDataDirectory, removeDataDirectory } from '../../support/services.ts';
import { runGatelodge } from './gatelodge-command.ts';

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
    expect(shown).toMatchObject({ external_host: 'https://films.example.com', skip_path_regex: '^/health$' });
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
