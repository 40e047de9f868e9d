// The one-time ticket that carries a sign-in from our own host to the application's, in the address of a redirect. It is
// good for a minute, once, for the browser that asked, at one application; kept only as a digest.
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import { randomToken } from '../../../platform/crypto/random.ts';
import type { Db } from '../../../platform/database/database.ts';

const LIFETIME_SECONDS = 60;
/** A browser that keeps our cookies needs one ticket for a sign-in; two tabs or an interrupted one, a few. */
const MOST_TICKETS = 6;
const COUNTED_SECONDS = 30;

export interface TicketHolder {
  readonly providerId: number;
  /** The SSO session that is carried. */
  readonly sessionId: string;
}

/**
 * Issues a ticket for the browser with that cookie digest; undefined when the same sign-in has been carried so often in so
 * short a time that the browser evidently keeps no cookie of the application, and would go round for ever.
 */
export async function issueTicket(
  db: Db,
  { providerId, sessionId, browserHash }: TicketHolder & { readonly browserHash: string },
  now = new Date(),
): Promise<string | undefined> {
  const since = new Date(now.getTime() - COUNTED_SECONDS * 1000);
  const issued = await db.outpostTicket.count({ where: { sessionId, providerId, createdAt: { gt: since } } });
  if (issued >= MOST_TICKETS) return undefined;
  const ticket = randomToken();
  const expiresAt = new Date(now.getTime() + LIFETIME_SECONDS * 1000);
  await db.outpostTicket.create({
    data: { ticketHash: sha256Hex(ticket), providerId, sessionId, browserHash, createdAt: now, expiresAt },
  });
  return ticket;
}

/** Whose ticket it is, for exactly one caller: one that is used, expired or another browser's is as good as none. */
export async function redeemTicket(
  db: Db,
  ticket: string,
  browser: string,
  now = new Date(),
): Promise<TicketHolder | undefined> {
  const ticketHash = sha256Hex(ticket);
  const { count } = await db.outpostTicket.updateMany({
    where: { ticketHash, browserHash: sha256Hex(browser), redeemedAt: null, expiresAt: { gt: now } },
    data: { redeemedAt: now },
  });
  if (count === 0) return undefined;
  const select = { providerId: true, sessionId: true };
  return (await db.outpostTicket.findUnique({ where: { ticketHash }, select })) ?? undefined;
}

/** Removes tickets that can no longer be redeemed nor need to be counted; returns how many. */
export async function purgeTickets(db: Db, now = new Date()): Promise<number> {
  const { count } = await db.outpostTicket.deleteMany({ where: { expiresAt: { lt: now } } });
  return count;
}
