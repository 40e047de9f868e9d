// A device that wants to sign somebody in (RFC 8628): found by the code that it shows, granted or declined once, by a person
// who is signed in. Its tokens do not hang on that person's session: a television outlives a visit on the telephone.
import type Provider from 'oidc-provider';
import { grantConsent } from '../../../identity/access/consent.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { LiveSession } from '../../../signin/session/session.ts';
import { releasedScopes } from '../client-registration.ts';
import type { Issuer } from '../issuer.ts';
import type { Issuers } from '../issuers.ts';
import { sessionClaims } from '../session-model.ts';

type DeviceCode = InstanceType<Provider['DeviceCode']>;

export interface DeviceRequest {
  readonly issuer: Issuer;
  readonly code: DeviceCode;
  /** As the device shows it, for example `WDJB-MJHT`. */
  readonly userCode: string;
  readonly scopes: readonly string[];
}

/** The request behind a code as typed, in any case, with or without hyphen; undefined once it is answered or expired. */
export async function findDeviceRequest(
  issuers: Issuers,
  origin: string,
  typed: string,
): Promise<DeviceRequest | undefined> {
  const userCode = typed.toUpperCase().replaceAll(/[^A-Z]/g, '');
  const issuer = await issuers.findByUserCode(origin, userCode);
  const code = await issuer?.provider.DeviceCode.findByUserCode(userCode);
  if (!issuer || !code || code.isExpired) return undefined;
  if (code.accountId !== undefined || code.error !== undefined) return undefined;
  const released = new Set(['openid', ...releasedScopes(issuer.client).map(({ scopeName }) => scopeName)]);
  const asked = new Set(String(code.params?.scope ?? '').split(' '));
  return {
    issuer,
    code,
    userCode: `${userCode.slice(0, 4)}-${userCode.slice(4)}`,
    scopes: [...asked].filter((scope) => released.has(scope)),
  };
}

/** Lets the device have tokens of that person. Whoever agreed to this has consented, and can take it back. */
export async function grantDeviceRequest(
  db: Db,
  { issuer, code, scopes }: DeviceRequest,
  session: LiveSession,
): Promise<void> {
  const { provider, client, application } = issuer;
  const { accountId, loginTs: authTime, amr, acr } = sessionClaims(session);
  if (client.consentMode === 'explicit') {
    await grantConsent(db, { userId: session.userId, applicationId: application.id, scopes });
  }
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scopes.join(' '));
  const grantId = await grant.save();
  Object.assign(code, { accountId, grantId, scope: scopes.join(' '), authTime, amr, acr });
  await code.save();
}

/** Tells the device, when it asks next, that the person does not want it. */
export async function declineDeviceRequest({ code }: DeviceRequest): Promise<void> {
  Object.assign(code, { error: 'access_denied', errorDescription: 'The person declined.' });
  await code.save();
}
