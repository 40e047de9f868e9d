// `kill -9` at awkward moments, on the embedded database, which must survive it without help from an operating system
// service. What a client has been told is done must be done after the restart; what it was not told may be either.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiOf, createOidcApplication } from '../support/api-client.ts';
import { findFreePort } from '../support/free-port.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../support/gatelodge-process.ts';
import { RelyingParty } from '../support/relying-party.ts';

const ROUNDS = 10;
const BOOTSTRAP_TOKEN = 'a-bootstrap-token-for-the-kill-tests';
const PERSON = { username: 'akadmin', password: 'correct horse battery staple' };
const CLIENT = {
  id: 'kill',
  secret: 'a-client-secret-for-the-kill-tests',
  redirectUri: 'http://127.0.0.1:9/callback',
  scope: 'openid offline_access',
};

const rounds = Array.from({ length: ROUNDS }, (_, index) => ({ round: index + 1 }));
const directories: string[] = [];

async function createDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatelodge-kill-'));
  directories.push(directory);
  return directory;
}

afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

describe('kill -9 during the first start', () => {
  /** Kills one start after another on the same directory; each must still be at work when its moment comes. */
  async function killRepeatedly(momentsMs: readonly number[]): Promise<number> {
    const dataDirectory = await createDirectory();
    for (const momentMs of momentsMs) {
      const starting = await startGatelodgeProcess({ dataDirectory });
      const endedByItself = await Promise.race([
        starting.untilEnded().then(() => true),
        sleep(momentMs, false),
      ]);
      if (endedByItself) throw new Error(`A start after a kill failed:\n${starting.output()}`);
      await starting.end('SIGKILL');
    }
    const last = await startGatelodgeProcess({ dataDirectory });
    await last.untilReady();
    const { status } = await fetch(`${last.origin}/if/flow/initial-setup/`);
    await last.end('SIGKILL');
    return status;
  }

  it('leaves a data directory that the next start goes on with, ten times', async () => {
    const setUpPages = await Promise.all([
      killRepeatedly([300, 900, 1500, 2100, 2700]),
      killRepeatedly([600, 1200, 1800, 2400, 3000]),
    ]);
    expect(setUpPages).toEqual([200, 200]);
  });
});

describe('kill -9 of a server with people in it', () => {
  let dataDirectory: string;
  let port: number;
  let server: GatelodgeProcess;

  beforeAll(async () => {
    dataDirectory = await createDirectory();
    port = await findFreePort();
    await start();
    await createOidcApplication(apiOf(server.origin, BOOTSTRAP_TOKEN), {
      name: 'Kill',
      slug: 'kill',
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      redirectUris: [CLIENT.redirectUri],
    });
  });

  afterAll(async () => {
    await server.end('SIGKILL');
  });

  async function start(): Promise<void> {
    const environment = {
      GATELODGE_BOOTSTRAP_TOKEN: BOOTSTRAP_TOKEN,
      GATELODGE_BOOTSTRAP_PASSWORD: PERSON.password,
    };
    server = await startGatelodgeProcess({ dataDirectory, port, environment });
    await server.untilReady();
  }

  async function killAndStart(): Promise<void> {
    await server.end('SIGKILL');
    await start();
  }

  /** Kills shortly after the first has been acknowledged, while the others are on their way. */
  async function killAfterFirst(works: readonly Promise<unknown>[], afterMs: number): Promise<void> {
    await Promise.any(works);
    await sleep(afterMs - 1);
    await killAndStart();
  }

  /** A new browser. */
  function createParty(): RelyingParty {
    return new RelyingParty({
      authorizationEndpoint: `${server.origin}/application/o/authorize/`,
      tokenEndpoint: `${server.origin}/application/o/token/`,
      client: CLIENT,
      person: PERSON,
    });
  }

  describe('during sign-in', () => {
    it.each(rounds)('keeps every session that was acknowledged (round $round)', async ({ round }) => {
      const parties = Array.from({ length: 4 }, createParty);
      const signIns = parties.map((party, place) => sleep(place * 25).then(() => party.authorize()));
      const outcomes = Promise.allSettled(signIns);
      await killAfterFirst(signIns, round * 5);
      for (const [place, outcome] of (await outcomes).entries()) {
        if (outcome.status === 'rejected') continue;
        await expect(parties[place]?.authorizeBySession()).resolves.toEqual(expect.any(String));
      }
      for (const party of parties) party.close();
    });

    it('lets a person sign in whose sign-in was cut off', async () => {
      const party = createParty();
      const cutOff = party.authorize().catch(() => undefined);
      await sleep(20);
      await killAndStart();
      await cutOff;
      await expect(party.authorize()).resolves.toEqual(expect.any(String));
      party.close();
    });
  });

  describe('during a token request', () => {
    it.each(rounds)('keeps every refresh token that was handed out (round $round)', async ({ round }) => {
      const party = createParty();
      const codes = [];
      while (codes.length < 8) codes.push(await party.authorize());
      const redemptions = codes.map((code) => party.redeem(code));
      const outcomes = Promise.allSettled(redemptions);
      await killAfterFirst(redemptions, round);
      for (const outcome of await outcomes) {
        if (outcome.status === 'fulfilled') {
          await expect(party.refresh(outcome.value)).resolves.toEqual(expect.any(String));
        }
      }
      party.close();
    });

    it('does not let a code be redeemed again after the restart', async () => {
      const party = createParty();
      const code = await party.authorize();
      await party.redeem(code);
      await killAndStart();
      await expect(party.redeem(code)).rejects.toThrow('invalid_grant');
      party.close();
    });
  });

  describe('a second process on the same data directory', () => {
    it('refuses to start, in words, and leaves the first one serving', async () => {
      const second = await startGatelodgeProcess({ dataDirectory });
      expect(await second.untilEnded()).toBe(1);
      expect(second.output()).toMatch(/data directory|another (process|Gatelodge)/i);
      await expect(server.untilReady()).resolves.toBeUndefined();
    });
  });
});
