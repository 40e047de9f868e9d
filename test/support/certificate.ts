// Certificates for a test, made by openssl: signed by themselves, or by an authority of the test's own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** Its own certificate, in a file. */
  readonly file: string;
  /** For a name as in `IP:127.0.0.1` or `DNS:app.test`. */
  sign(name: string): Certificate;
  remove(): void;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** One that nobody else has signed, for that name. */
export function selfSigned(name: string): Certificate {
  const directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-tls-'));
  try {
    return issue(directory, 'own', name, []);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function createAuthority(): Authority {
  const directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-ca-'));
  const file = path.join(directory, 'authority.pem');
  const key = path.join(directory, 'authority.key');
  openssl([...EC, '-subj', '/CN=Test authority', '-keyout', key, '-out', file]);
  let count = 0;
  return {
    file,
    sign(name) {
      count += 1;
      return issue(directory, `leaf-${count}`, name, ['-CA', file, '-CAkey', key]);
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

function issue(directory: string, file: string, name: string, further: readonly string[]): Certificate {
  const [key, cert] = [path.join(directory, `${file}.key`), path.join(directory, `${file}.pem`)];
  const subject = ['-subj', '/CN=leaf', '-addext', `subjectAltName=${name}`];
  openssl([...EC, ...subject, ...further, '-keyout', key, '-out', cert]);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', ['req', '-x509', ...args], { stdio: 'ignore' });
}
