// Front-channel logout (OpenID Connect Front-Channel Logout 1.0): clients that can only be told through the person's own
// browser are loaded in frames of the page that says goodbye. Which frames is sealed into that page's address: when it
// is shown, the session that knew of them has ended.
import { z } from 'zod';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import { ENDPOINTS } from '../configuration.ts';
import { sidOf } from '../session-model.ts';

const FAREWELL = `${ENDPOINTS}/end-session/farewell/`;
const LIFETIME_SECONDS = 300;

const sealedFarewell = z.object({
  frames: z.array(z.url()),
  next: z.string().optional(),
  until: z.number(),
});

export interface Farewell {
  /** Addresses to load, each in a frame. */
  readonly frames: readonly string[];
  /** Where the browser goes on. */
  readonly next: string | undefined;
}

/** The address of the goodbye page for a session that is about to end; undefined when nobody has to be told there. */
export async function farewellPath(
  sql: Sql,
  vault: Vault,
  sessionId: string,
  next?: string,
): Promise<string | undefined> {
  const frames = await listFrames(sql, sessionId);
  if (frames.length === 0) return undefined;
  const until = Date.now() + LIFETIME_SECONDS * 1000;
  const sealed = vault.seal(JSON.stringify({ frames, next, until }));
  return `${FAREWELL}?${new URLSearchParams({ farewell: sealed })}`;
}

/** What the address says; undefined when it is not one of ours, or old. */
export function openFarewell(vault: Vault, sealed: string, now = Date.now()): Farewell | undefined {
  try {
    const { frames, next, until } = sealedFarewell.parse(JSON.parse(vault.open(sealed)));
    return until > now ? { frames, next } : undefined;
  } catch {
    return undefined;
  }
}

interface Row {
  readonly issuer: string;
  readonly clientId: string;
  readonly logoutUri: string;
}

async function listFrames(sql: Sql, sessionId: string): Promise<string[]> {
  const rows = await sql.query<Row>(
    `SELECT n.issuer, p.client_id AS "clientId", p.logout_uri AS "logoutUri"
     FROM logout_notices n JOIN oauth2_providers p USING (provider_id)
     WHERE n.session_id = $1::uuid AND p.logout_method = 'frontchannel' AND p.logout_uri <> ''`,
    [sessionId],
  );
  return rows.map(({ issuer, clientId, logoutUri }) => {
    const frame = new URL(logoutUri);
    frame.searchParams.set('iss', issuer);
    frame.searchParams.set('sid', sidOf(sessionId, clientId));
    return frame.href;
  });
}
