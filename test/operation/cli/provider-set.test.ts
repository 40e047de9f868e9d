// `gatelodge provider set … --jwks-stdin`: public keys come by standard input, and the client proves itself with them.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { apiOf } from '../../support/api-client.ts';
import { type GatelodgeProcess, startGatelodgeProcess } from '../../support/gatelodge-process.ts';
import { createDataDirectory, removeDataDirectory } from '../../support/services.ts';
import { runGatelodge } from './gatelodge-command.ts';

const TOKEN = 'suite-token-0123456789abcdefghijklmnopqrstuvwxyz';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('gatelodge provider set --jwks-stdin', () => {
  let environment: Record<string, string>;
  let server: GatelodgeProcess;
  let keys: { privateKey: CryptoKey; publicKey: CryptoKey };
  let jwk: JWK;
  let clientId: string;

  // While the server runs: it is told of the change.
  beforeAll(async () => {
    const dataDirectory = await createDataDirectory('migrated');
    environment = {
      GATELODGE_DATA_DIR: dataDirectory,
      GATELODGE_SECRET_KEY: 'only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz',
    };
    server = await startGatelodgeProcess({
      dataDirectory,
      environment: { ...environment, GATELODGE_BOOTSTRAP_TOKEN: TOKEN },
    });
    await server.untilReady();
    keys = await generateKeyPair('ES256', { extractable: true });
    jwk = { ...(await exportJWK(keys.publicKey)), kid: 'first', alg: 'ES256', use: 'sig' };
    const machine = ['--redirect-uri', 'https://robot.test/', '--json'];
    const { out } = await gatelodge(['application', 'create', 'robot', ...machine]);
    clientId = JSON.parse(out).client_id;
    await gatelodge(['provider', 'set', 'robot', '--grant-type', 'client_credentials']);
  });
  afterAll(async () => {
    await server?.end('SIGTERM');
    removeDataDirectory(environment.GATELODGE_DATA_DIR ?? '');
  });

  const gatelodge = (argv: readonly string[], input = '') => runGatelodge(environment, argv, input);
  const set = (input: string) => gatelodge(['provider', 'set', 'robot', '--jwks-stdin', '--json'], input);

  /** The status of a request for a token that is signed with the private key. */
  async function statusOfToken(): Promise<number> {
    const assertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'first' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(`${server.origin}/application/o/robot/`)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(keys.privateKey);
    const fields = { grant_type: 'client_credentials', client_id: clientId };
    const proof = { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
    const body = new URLSearchParams({ ...fields, ...proof });
    return (await fetch(`${server.origin}/application/o/token/`, { method: 'POST', body })).status;
  }

  it('lets the client prove itself with the key from then on, until {} takes it away', async () => {
    expect(await statusOfToken()).toBe(401);
    const done = await set(JSON.stringify({ keys: [jwk] }));
    expect(done).toMatchObject({ exit: 0, err: '' });
    expect(JSON.parse(done.out)).toMatchObject({ settings: ['jwks'] });
    const api = apiOf(server.origin, TOKEN);
    const { results } = await api('GET', 'events/events/?action=model_updated&ordering=-created');
    expect(results).toMatchObject([{ context: { settings: ['jwks'], model: { name: 'robot' } } }, {}]);
    expect(await statusOfToken()).toBe(200);
    expect(await set(' { }\n')).toMatchObject({ exit: 0 });
    expect(await statusOfToken()).toBe(401);
  });

  it('says in words what it cannot use, and changes nothing', async () => {
    await set(JSON.stringify({ keys: [jwk] }));
    const secret = await exportJWK(keys.privateKey);
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    for (const input of [
      '',
      'not JSON',
      'null',
      '[]',
      JSON.stringify(jwk),
      JSON.stringify({ keys: [] }),
      JSON.stringify({ keys: [{ kty: 'EC' }] }),
      JSON.stringify({ keys: [weak] }),
      JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }),
      JSON.stringify({ keys: [secret] }),
    ]) {
      const refused = await set(input);
      expect([input, refused.exit]).toEqual([input, 1]);
      expect(refused.err).toMatch(/jwks|keys?/i);
      expect(refused.err).not.toContain(secret.d);
      expect(refused.err).not.toMatch(/\n\s+at /);
    }
    expect(await statusOfToken()).toBe(200);
  });
});
