// Trusts a home's own certificate authority, for every outgoing TLS connection of the process (mail, database, fetch).
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ConfigurationFault } from '../config/fault.ts';
import { reasonOf } from '../config/system-error.ts';

/** Adds the authorities in a PEM file to the usual ones; throws ConfigurationFault when the file cannot be used. */
export function trustExtraCa(file: string): void {
  try {
    const certificates = readFileSync(file, 'utf8');
    // Anything is accepted as an authority and fails at the first connection only, unless it is parsed here.
    new X509Certificate(certificates);
    setDefaultCACertificates([...getCACertificates('default'), certificates]);
  } catch (error) {
    throw new ConfigurationFault([
      `GATELODGE_EXTRA_CA: ${file} cannot be used (${reasonOf(error)}); expected a file of certificates in PEM form.`,
    ]);
  }
}
