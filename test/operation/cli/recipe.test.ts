import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDataDirectory, removeDataDirectory } from '../../support/services.ts';
import { runGatelodge } from './gatelodge-command.ts';

describe('gatelodge application create --from', () => {
  let environment: Record<string, string> = {};

  beforeAll(async () => {
    environment = {
      GATELODGE_DATA_DIR: await createDataDirectory('migrated'),
      GATELODGE_SECRET_KEY: 'only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz',
      GATELODGE_URL: 'https://auth.example.com',
    };
  });
  afterAll(() => removeDataDirectory(environment.GATELODGE_DATA_DIR ?? ''));

  const gatelodge = (...argv: string[]) => runGatelodge(environment, ['application', ...argv]);

  it('prints the settings of the application, ready to be pasted', async () => {
    const { exit, out, err } = await gatelodge(
      'create',
      '--from',
      'gitea',
      '--url',
      'https://git.example.com',
    );
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain(
      '--auto-discover-url https://auth.example.com/application/o/gitea/.well-known/openid-configuration',
    );
    expect(out).toMatch(/--secret \w{128} /);
  });

  it('gives the same to scripts as JSON', async () => {
    const { out } = await gatelodge(
      'create',
      'feeds',
      '--from',
      'miniflux',
      '--url',
      'https://rss.lan',
      '--json',
    );
    const { slug, client_id, settings } = JSON.parse(out);
    expect(slug).toBe('feeds');
    expect(settings[0].text).toContain(`OAUTH2_CLIENT_ID=${client_id}`);
    expect(settings[0].text).toContain('https://auth.example.com/application/o/feeds/');
  });

  it('lists what it knows', async () => {
    expect((await gatelodge('recipes')).out).toContain('Paperless-ngx');
    const { exit, err } = await gatelodge('create', '--from', 'nothing');
    expect([exit, err]).toEqual([1, expect.stringContaining('There is no recipe "nothing"')]);
  });

  it('refuses an address that could not be one', async () => {
    const { exit, err } = await gatelodge('create', '--from', 'gitea', '--url', 'git.example.com');
    expect([exit, err]).toEqual([1, expect.stringContaining('url: Enter its address')]);
  });
});
