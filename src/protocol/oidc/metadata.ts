// Discovery (OpenID Connect Discovery §4, RFC 8414 §3) and keys of one issuer, rendered by its oidc-provider when they are
// first asked for. They change only with the issuer, and that is made anew at every change.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type Provider from 'oidc-provider';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import { forwardedFrom } from './hand-over.ts';

export interface Rendered {
  readonly type: string;
  readonly body: string;
  /** RFC 9110 §8.8.3. */
  readonly etag: string;
}

export class Metadata {
  readonly #provider: Provider;
  readonly #origin: string;
  readonly #rendered = new Map<string, Promise<Rendered>>();

  constructor(provider: Provider, origin: string) {
    this.#provider = provider;
    this.#origin = origin;
  }

  /** What oidc-provider answers at that path. */
  at(path: string): Promise<Rendered> {
    const rendered = this.#rendered.get(path) ?? this.#render(path);
    this.#rendered.set(path, rendered);
    return rendered;
  }

  async #render(path: string): Promise<Rendered> {
    const request = new IncomingMessage(new Socket());
    Object.assign(request, { method: 'GET', url: path, headers: forwardedFrom(this.#origin) });
    const response = new ServerResponse(request);
    const { promise, resolve } = Promise.withResolvers<string>();
    // Koa answers with one piece of text; there is nobody to send it to.
    Object.assign(response, { end: resolve });
    await this.#provider.callback()(request, response);
    const body = await promise;
    if (response.statusCode !== 200) throw new Error(`oidc-provider does not answer at ${path}: ${body}`);
    return { type: String(response.getHeader('content-type')), body, etag: `"${sha256Hex(body)}"` };
  }
}
