// Certificates for our own HTTPS port, found in a directory as `name.pem` + `name.key`, or as certbot keeps them
// (`live/<name>/fullchain.pem` + `privkey.pem`). The certificate whose names fit the asked-for host is presented.
import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import tls, { type SecureContext } from 'node:tls';

interface Certificate {
  readonly x509: X509Certificate;
  readonly chain: string;
  readonly key: string;
  readonly context: SecureContext;
}

/** What node:https needs, or undefined when the directory holds no usable pair. */
export async function findCertificates(
  directory: string,
): Promise<{ cert: string; key: string; SNICallback: SniCallback } | undefined> {
  const pairs = await listPairs(directory);
  const certificates = await Promise.all(pairs.map(readCertificate));
  const [first] = certificates;
  if (!first) return undefined;
  return {
    cert: first.chain,
    key: first.key,
    SNICallback: (host, answer) =>
      answer(null, (certificates.find(({ x509 }) => x509.checkHost(host)) ?? first).context),
  };
}

type SniCallback = (host: string, answer: (error: Error | null, context?: SecureContext) => void) => void;

interface Pair {
  readonly chainFile: string;
  readonly keyFile: string;
}

async function listPairs(directory: string): Promise<Pair[]> {
  const flat = (await namesIn(directory))
    .filter((name) => name.endsWith('.pem'))
    .map((name) => name.slice(0, -'.pem'.length))
    .map((name) => pair(path.join(directory, `${name}.pem`), path.join(directory, `${name}.key`)));
  const live = path.join(directory, 'live');
  const certbot = (await namesIn(live)).map((name) =>
    pair(path.join(live, name, 'fullchain.pem'), path.join(live, name, 'privkey.pem')),
  );
  const found = await Promise.all(
    [...flat, ...certbot].map(async (each) => ((await isReadable(each)) ? each : [])),
  );
  return found.flat();
}

const pair = (chainFile: string, keyFile: string): Pair => ({ chainFile, keyFile });

async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).sort();
}

async function isReadable({ chainFile, keyFile }: Pair): Promise<boolean> {
  const files = await Promise.allSettled([readFile(chainFile), readFile(keyFile)]);
  return files.every(({ status }) => status === 'fulfilled');
}

async function readCertificate({ chainFile, keyFile }: Pair): Promise<Certificate> {
  const [chain, key] = await Promise.all([readFile(chainFile, 'utf8'), readFile(keyFile, 'utf8')]);
  try {
    return {
      x509: new X509Certificate(chain),
      chain,
      key,
      context: tls.createSecureContext({ cert: chain, key }),
    };
  } catch (cause) {
    throw new Error(`The certificate ${chainFile} and its key ${keyFile} cannot be used together.`, {
      cause,
    });
  }
}
