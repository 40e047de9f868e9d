import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigurationFault } from '../../src/platform/config/fault.ts';
import { trustExtraCa } from '../../src/platform/crypto/extra-ca.ts';

let directory: string;
let server: Server;
let address: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gatelodge-ca-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'home-ca.pem')];
  const request = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=home'];
  const name = ['-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', ...request, ...name, '-keyout', key, '-out', certificate],
    {
      stdio: 'pipe',
    },
  );
  server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_request, response) => {
    response.end('at home');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

/** What a process of its own gets from the server, after it has trusted those authorities. */
async function fetchElsewhere(...files: string[]): Promise<string> {
  const script = `
    const { trustExtraCa } = await import(${JSON.stringify(new URL('../../src/platform/crypto/extra-ca.ts', import.meta.url))});
    ${JSON.stringify(files)}.forEach((file) => trustExtraCa(file));
    const answer = await fetch(process.argv[1]).then((response) => response.text(), (error) => error.cause.code);
    process.stdout.write(answer);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    address,
  ]);
  return stdout;
}

describe('GATELODGE_EXTRA_CA', () => {
  it('makes the certificates of a home authority trusted, and nothing else does', async () => {
    expect(await fetchElsewhere(join(directory, 'home-ca.pem'))).toBe('at home');
    expect(await fetchElsewhere()).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it.each([
    ['missing', () => '/nonexistent/ca.pem'],
    [
      'no certificate',
      () => {
        const path = join(directory, 'not-a-certificate.pem');
        writeFileSync(path, 'hello');
        return path;
      },
    ],
  ])('is a fault in words when the file is %s', (_what, path) => {
    expect(() => trustExtraCa(path())).toThrow(ConfigurationFault);
    expect(() => trustExtraCa(path())).toThrow(/GATELODGE_EXTRA_CA: .* cannot be used .*PEM form/);
  });
});
