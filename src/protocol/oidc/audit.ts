// What the protocol does, written into the audit trail: who was let into which application, what was replayed, and which
// request an administrator has to look at. Recording never holds an answer up, and never fails one.
import type Koa from 'koa';
import type Provider from 'oidc-provider';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type NewEvent, recordEvent } from '../../identity/event/event.ts';
import type { Db } from '../../platform/database/database.ts';
import { callOf } from './call.ts';
import type { OAuth2Provider } from './client.ts';

const SOURCE = 'protocol.oidc';
/** A misconfigured service tries again and again, and so may a stranger: one event tells as much as a thousand. */
const SAME_FAULT_SECONDS = 60;

type Recorded = Pick<NewEvent, 'action' | 'userId' | 'username'> & {
  readonly context: Record<string, string>;
};

/** Records what happens at one application's issuer; the returned function records a replay. */
export function auditTrail(
  provider: Provider,
  db: Db,
  client: OAuth2Provider,
): (ctx: KoaContextWithOIDC) => void {
  const application = client.provider.application?.name ?? '';
  let lastFaultAt = 0;

  function record(ctx: KoaContextWithOIDC, { context, ...event }: Recorded): void {
    const { state } = callOf(ctx);
    const { clientAddress, requestId } = state;
    const full = { application, client: client.clientId, ...context };
    recordEvent(db, { ...event, source: SOURCE, clientAddress, requestId, context: full }).catch(
      (err: unknown) => state.log.error({ err }, 'an event could not be recorded'),
    );
  }

  const recordReplay = (ctx: KoaContextWithOIDC) =>
    record(ctx, {
      action: 'suspicious_request',
      context: {
        reason: 'A code or refresh token was used twice; everything issued with it has been revoked.',
      },
    });

  provider.on('authorization.success', (ctx) => {
    const { viewer } = callOf(ctx).state;
    const context = { scopes: [...ctx.oidc.requestParamOIDCScopes].join(' ') };
    record(ctx, {
      action: 'authorize_application',
      userId: viewer?.userId,
      username: viewer?.username,
      context,
    });
  });
  provider.on('authorization.error', (ctx, error) => {
    const isNew = Date.now() - lastFaultAt > SAME_FAULT_SECONDS * 1000;
    if (!(error instanceof errors.InvalidRedirectUri) || !isNew) return;
    lastFaultAt = Date.now();
    record(ctx, {
      action: 'configuration_error',
      context: { reason: 'redirect_uri', ...redirectUris(ctx, client) },
    });
  });
  provider.on('grant.revoked', (ctx) => {
    if (ctx.oidc.route === 'token') recordReplay(ctx);
  });
  provider.on('grant.error', (ctx, error) => {
    const { error: code, error_description: description, error_detail: detail } = error;
    callOf(ctx).state.log.info(
      { client: client.clientId, code, description, detail },
      'token request refused',
    );
  });
  provider.on('server_error', (ctx, err) => {
    callOf(ctx).state.log.error({ err, client: client.clientId, route: ctx.oidc.route }, 'request failed');
  });
  // Koa's own event, for what no handler of oidc-provider caught; without a listener it is printed.
  const koa: Koa = provider;
  koa.on('error', (err: unknown, ctx: KoaContextWithOIDC) => {
    callOf(ctx).state.log.error({ err, client: client.clientId }, 'request failed');
  });
  return recordReplay;
}

function redirectUris({ oidc }: KoaContextWithOIDC, { redirectUris: registered }: OAuth2Provider) {
  const authorization = registered.filter(({ purpose }) => purpose === 'authorization');
  return {
    sent: String(oidc.params?.redirect_uri ?? '').slice(0, 2048),
    registered: authorization.map(({ url }) => url).join(' '),
  };
}
