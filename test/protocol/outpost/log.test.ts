// What the log of a real process says of wrong wiring: enough to put it right, in words, without secrets, and not as often
// as somebody pleases.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiOf } from '../../support/api-client.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../../support/gatelodge-process.ts';
import { createDataDirectory, removeDataDirectory } from '../../support/services.ts';
import { sendRaw } from './raw-request.ts';

const TOKEN = 'a-bootstrap-token-for-the-log-of-the-outpost';
const FLOOD = 300;
const MOST_OF_A_KIND = 20;

let directory: string;
let gatelodge: GatelodgeProcess;

beforeAll(async () => {
  directory = await createDataDirectory('migrated');
  const environment = {
    GATELODGE_URL: 'http://auth.home.test',
    GATELODGE_BOOTSTRAP_TOKEN: TOKEN,
    GATELODGE_LOG_FORMAT: 'json',
  };
  gatelodge = await startGatelodgeProcess({ dataDirectory: directory, environment });
  await gatelodge.untilReady();
  const api = apiOf(gatelodge.origin, TOKEN);
  for (const slug of ['films', 'photos']) {
    const external_host = `https://${slug}.home.test`;
    const { pk } = await api('POST', 'providers/proxy/', {
      name: slug,
      external_host,
      mode: 'forward_single',
    });
    await api('POST', 'core/applications/', { name: slug, slug, provider: pk });
  }
});

afterAll(async () => {
  await gatelodge?.end('SIGTERM');
  removeDataDirectory(directory);
});

const ask = (dialect: string, headers: readonly string[]) =>
  sendRaw(gatelodge.origin, [`GET /outpost.goauthentik.io/auth/${dialect} HTTP/1.1`, ...headers]);

/** The lines so far that say this. */
const linesAbout = (words: string) =>
  gatelodge
    .output()
    .split('\n')
    .filter((line) => line.includes(words))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  it('says which header a proxy leaves out, what came instead, and what to write where', async () => {
    await ask('nginx', ['Host: films.home.test', 'Cookie: a=hidden']);
    const [line] = linesAbout('not connected correctly');
    expect(line).toMatchObject({
      level: 'warn',
      fault: 'missing',
      header: 'x-original-url',
      proxy: 'nginx',
      peer: '127.0.0.1',
      explanation: expect.stringContaining('the header X-Original-URL is missing'),
      received: { Host: 'films.home.test' },
    });
    expect(String(line?.write)).toContain('proxy_set_header X-Original-URL');
    expect(gatelodge.output()).not.toContain('hidden');
  });

  it('leaves out what stands behind the question mark', async () => {
    await ask('nginx', ['Host: photos.home.test', 'X-Original-URL: https://films.home.test/a?reset=hidden']);
    const [line] = linesAbout('"fault":"contradiction"');
    expect(line?.received).toMatchObject({ 'X-Original-URL': 'https://films.home.test/a' });
    expect(gatelodge.output()).not.toContain('hidden');
  });

  it('says which host is not registered, and which are', async () => {
    await ask('nginx', ['Host: x', 'X-Original-URL: https://flims.home.test/']);
    expect(linesAbout('flims')).toMatchObject([
      {
        msg: 'no application is registered for this host',
        host: 'flims.home.test',
        known: ['https://films.home.test', 'https://photos.home.test'],
      },
    ]);
  });

  it('cannot be flooded by those who ask for hosts that there are not', async () => {
    const unknown = Array.from({ length: FLOOD }, (_, index) => `h${index}.flood.test`);
    for (const host of unknown) await ask('nginx', ['Host: x', `X-Original-URL: https://${host}/`]);
    for (let times = 0; times < FLOOD; times += 1) await ask('traefik', ['Host: x']);
    expect(linesAbout('flood.test').length).toBeLessThanOrEqual(2 * MOST_OF_A_KIND);
    expect(linesAbout('"proxy":"traefik"').length).toBeLessThanOrEqual(2);
  });
});
