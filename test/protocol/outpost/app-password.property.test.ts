// App passwords at the gate: they open what their owner may open, as long as both are there, and cannot be guessed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAppPassword } from '../../support/api-client.ts';
import { PASSWORD } from './gate.ts';
import { APP, APP_PASSWORD, basic, FAMILY, type GateOfThree, openGateOfThree } from './gate-of-three.ts';

let gate: GateOfThree;

beforeAll(async () => {
  gate = await openGateOfThree();
  await createAppPassword(gate.api, 'anna', APP_PASSWORD);
});

afterAll(() => gate?.gatelodge.stop());

describe('credentials in the Authorization header', () => {
  it("are an app password, with its owner's name", async () => {
    const { status, headers } = await gate.check(`${FAMILY}/`, [basic('Anna', APP_PASSWORD)]);
    expect(status).toBe(200);
    expect(headers['x-authentik-username']).toEqual(['anna']);
  });

  it('open each application for itself, one after another', async () => {
    const header = basic('anna', APP_PASSWORD);
    for (const host of [APP, FAMILY, APP, FAMILY])
      expect((await gate.check(`${host}/`, [header])).status).toBe(200);
  });

  it('are refused where the access rules refuse their owner', async () => {
    await createAppPassword(gate.api, 'bert', `bert-${APP_PASSWORD}`);
    expect((await gate.check(`${FAMILY}/`, [basic('bert', `bert-${APP_PASSWORD}`)])).status).toBe(403);
  });

  it.each([
    ['the login password', basic('anna', PASSWORD)],
    ["another person's app password", basic('bert', APP_PASSWORD)],
    ['an API token', basic('akadmin', 'suite-token-0123456789abcdefghijklmnopqrstuvwxyz')],
    ['an API token as bearer', 'Authorization: Bearer suite-token-0123456789abcdefghijklmnopqrstuvwxyz'],
    ['no password', basic('anna', '')],
    ['what is no Basic header', 'Authorization: Basic !!!'],
  ])('open nothing when they are %s', async (_, header) => {
    expect((await gate.check(`${APP}/`, [header])).status).toBe(401);
  });

  it('stop counting when the app password is taken back', async () => {
    await createAppPassword(gate.api, 'akadmin', `gone-${APP_PASSWORD}`);
    const header = basic('akadmin', `gone-${APP_PASSWORD}`);
    expect((await gate.check(`${APP}/`, [header])).status).toBe(200);
    await gate.api('DELETE', 'core/tokens/akadmin-app/');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await gate.check(`${APP}/`, [header])).status).toBe(401);
  });

  it('say what is true of their owner now, whoever told of it', async () => {
    const { db } = gate.gatelodge.deps;
    const { id } = await db.user.findFirstOrThrow({ where: { username: 'anna' } });
    const prefer = (colour: string) => ({ attributes: { additionalHeaders: { 'X-Colour': colour } } });
    await gate.api('PATCH', `core/users/${id}/`, prefer('blue'));
    await gate.settle();
    const colour = async () => {
      const { headers } = await gate.check(`${FAMILY}/`, [basic('anna', APP_PASSWORD)]);
      return headers['x-colour'];
    };
    expect(await colour()).toEqual(['blue']);
    await db.user.update({ where: { id }, data: prefer('red') });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await colour()).toEqual(['red']);
    await gate.api('PATCH', `core/users/${id}/`, { attributes: {} });
  });

  it('are passed by where the application wants them for itself', async () => {
    const provider = { intercept_header_auth: false };
    await gate.protect({ slug: 'own', externalHost: 'https://own.home.test', provider });
    expect((await gate.check('https://own.home.test/', [basic('anna', APP_PASSWORD)])).status).toBe(401);
  });

  it('cannot be guessed: attempts are limited, for the account and for the address', async () => {
    const guesses = Array.from({ length: 30 }, (_, index) =>
      gate.check(`${APP}/`, [basic('anna', `guess-${index}`), 'X-Forwarded-For: 198.51.100.9']),
    );
    for (const { status } of await Promise.all(guesses)) expect(status).toBe(401);
    const lockouts = await gate.gatelodge.deps.db.lockout.findMany({
      where: { blockedUntil: { gt: new Date() } },
    });
    expect(lockouts.map(({ key }) => key)).toContain('address:198.51.100.9');
    // While the guesser waits, the right password is not even looked at; a session goes on.
    const guesser = await gate.check(`${FAMILY}/`, [
      basic('anna', `${APP_PASSWORD}-`),
      'X-Forwarded-For: 198.51.100.9',
    ]);
    expect(guesser.status).toBe(401);
  });

  it('that are wrong lock nobody out by being repeated', async () => {
    const header = basic('akadmin', 'an-old-password-of-some-program');
    for (let poll = 0; poll < 20; poll += 1)
      await gate.check(`${APP}/`, [header, 'X-Forwarded-For: 198.51.100.77']);
    const address = await gate.gatelodge.deps.db.lockout.findUnique({
      where: { key: 'address:198.51.100.77' },
    });
    expect(address?.failures).toBe(1);
  });
});
