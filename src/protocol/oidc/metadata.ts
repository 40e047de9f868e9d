// Discovery (OpenID Connect Discovery §4, RFC 8414 §3) and keys of one issuer, rendered by its oidc-provider when they are
// first asked for. They change only with the issuer, and that is made anew at every change.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type Provider from 'oidc-provider';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import { securityHeadersOf } from '../../platform/http/security-headers.ts';
import { ENDPOINTS } from './configuration.ts';
import { forwardedFrom, render } from './hand-over.ts';
import { KEY_SET_SECONDS } from './key/rotation.ts';

/** Where oidc-provider has discovery. */
export const DISCOVERY = '/.well-known/openid-configuration';

/** Administrators try what they have changed. */
const DISCOVERY_SECONDS = 60;

export interface Rendered {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export class Metadata {
  readonly #provider: Provider;
  readonly #origin: string;
  readonly #rendered = new Map<string, Rendered>();

  constructor(provider: Provider, origin: string) {
    this.#provider = provider;
    this.#origin = origin;
  }

  /** What oidc-provider has at that path, if it has been asked for. */
  ready(path: string): Rendered | undefined {
    return this.#rendered.get(path);
  }

  /** What oidc-provider has at that path. */
  async at(path: string): Promise<Rendered> {
    const rendered = this.#rendered.get(path) ?? (await this.#render(path));
    this.#rendered.set(path, rendered);
    return rendered;
  }

  async #render(path: string): Promise<Rendered> {
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { method: 'GET', url: path, headers: forwardedFrom(this.#origin) });
    const { status, headers: given, body } = await render(this.#provider, request);
    if (status !== 200) throw new Error(`oidc-provider does not answer at ${path}: ${body}`);
    // A new key is published for much longer than its answers are kept before it signs (key/rotation.ts).
    const maxAgeSeconds = path.startsWith('/.well-known/') ? DISCOVERY_SECONDS : KEY_SET_SECONDS;
    const headers = {
      ...securityHeadersOf(this.#origin, ENDPOINTS),
      'Cache-Control': `public, max-age=${maxAgeSeconds}`,
      'Access-Control-Allow-Origin': '*',
      'Content-Type': String(given['content-type']),
      'Content-Length': String(Buffer.byteLength(body)),
      ETag: `"${sha256Hex(body)}"`,
    };
    return { headers, body: Buffer.from(body) };
  }
}
