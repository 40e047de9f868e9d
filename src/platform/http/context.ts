// What every request carries. Filled by the middleware in app.ts, outermost first; handlers only read it.
import type { ParameterizedContext } from 'koa';
import type { Logger } from 'pino';
import type { Translate } from '../view/texts.ts';

/** Who is asking: a browser session, or an API token's owner. */
export interface Viewer {
  readonly userId: number;
  readonly username: string;
  readonly name: string;
  /** Member of a group with the superuser flag, directly or through parents. */
  readonly isAdministrator: boolean;
  /** How they are known; tokens have no session and never count as recent. */
  readonly via: 'session' | 'token';
  readonly sessionId?: string;
  /** How they have proved who they are (RFC 8176). */
  readonly methods?: readonly string[];
  /** When they last proved who they are. */
  readonly authenticatedAt?: Date;
  /** The one that they want, when it is not the system's. */
  readonly theme?: 'light' | 'dark' | undefined;
}

/** Per-request state, typed once for every handler. */
export interface RequestState {
  requestId: string;
  log: Logger;
  /** Right-most untrusted address (contract §1, "Trusted proxies"). */
  clientAddress: string;
  /** Browser-visible origin, for example `https://auth.example.com`: GATELODGE_URL, or else from the request. */
  origin: string;
  /** Texts in the language of this request. */
  t: Translate;
  language: string;
  viewer?: Viewer;
}

export type Context = ParameterizedContext<RequestState>;
