// Where sign-in and protocols meet: a stored wish for a sign-in (where to return to, how fresh, which consent), and what
// came of it. It belongs to one browser, ends once, and is redeemed once. Neither side knows more of the other.
import { z } from 'zod';
import { sha256Hex } from '../../platform/crypto/digest.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { InvalidInput } from '../../platform/problem/problem.ts';
import { sameOriginPath } from './return-to.ts';

const LIFETIME_SECONDS = 30 * 60;
/** A page left open over night still knows where to go on; it only has to start again. */
const KEPT_AFTER_SECONDS = 24 * 60 * 60;

/** As clients send it, but for NUL, which the database keeps in no text. */
const told = z.string().transform((text) => text.replaceAll('\0', ''));

const requirements = z.object({
  /** The person must have proved who they are no longer ago than this (OpenID Connect `max_age`). */
  maxAgeSeconds: z.number().optional(),
  /** … or in this very request (`prompt=login`). */
  forceLogin: z.boolean().optional(),
  /** Two factors, whoever it is (`acr_values`). */
  mustUseMfa: z.boolean().optional(),
  /** The languages that the client asks for (`ui_locales`). */
  uiLocales: told.optional(),
  /** What to fill in as "Username or email". */
  loginHint: told.optional(),
  consent: z
    .object({
      scopes: z.array(z.string()),
      /** What a scope means, in words, where the catalogue of texts does not know it. */
      descriptions: z.record(z.string(), z.string()).optional(),
      clientName: z.string(),
      /** Ask even when the person has agreed before (`prompt=consent`). */
      mustAsk: z.boolean().optional(),
      /** For how long it is remembered; undefined: until it is taken back, or more is asked for. */
      validitySeconds: z.number().optional(),
    })
    .optional(),
});

/** What the protocol asks of a sign-in. */
export type SignInRequirements = z.infer<typeof requirements>;

const outcome = z.object({ consent: z.enum(['granted', 'declined']).optional() });

export interface NewSignInRequest {
  /** The token of the browser that signs in (`browserOf(ctx)`). */
  readonly browser: string;
  readonly flow: string;
  /** Same-origin path to go to when the flow is done. */
  readonly returnTo: string;
  readonly applicationId?: string | undefined;
  readonly requirements?: SignInRequirements;
}

export interface SignInRequest {
  readonly id: string;
  readonly flow: string;
  readonly returnTo: string;
  readonly applicationId: string | undefined;
  readonly requirements: SignInRequirements;
  readonly userId: number | undefined;
  /** Typed in flow/run.ts. */
  readonly progress: Prisma.JsonValue;
  readonly expiresAt: Date;
  readonly finishedAt: Date | undefined;
}

/** What came of a request; `userId` is who the browser's session belongs to since then. */
export interface SignInOutcome {
  readonly userId: number;
  readonly finishedAt: Date;
  readonly consent: 'granted' | 'declined' | undefined;
}

/** Stores a request for half an hour; throws InvalidInput when `returnTo` would leave our origin. Returns its id. */
export async function createSignInRequest(
  db: Db,
  input: NewSignInRequest,
  now = new Date(),
): Promise<string> {
  const returnTo = sameOriginPath(input.returnTo);
  if (returnTo === undefined) throw new InvalidInput({ returnTo: ['This address is not on this site.'] });
  const { id } = await db.signInRequest.create({
    data: {
      browserHash: sha256Hex(input.browser),
      flow: input.flow,
      returnTo,
      applicationId: input.applicationId ?? null,
      requirements: requirements.parse(input.requirements ?? {}),
      createdAt: now,
      expiresAt: new Date(now.getTime() + LIFETIME_SECONDS * 1000),
    },
    select: { id: true },
  });
  return id;
}

/** This browser's request, be it under way, finished or expired: the dates tell. */
export async function findSignInRequest(
  db: Db,
  id: string,
  browser: string,
): Promise<SignInRequest | undefined> {
  const row = await db.signInRequest.findFirst({ where: { id, browserHash: sha256Hex(browser) } });
  if (!row) return undefined;
  return {
    id: row.id,
    flow: row.flow,
    returnTo: row.returnTo,
    applicationId: row.applicationId ?? undefined,
    requirements: requirements.parse(row.requirements),
    userId: row.userId ?? undefined,
    progress: row.progress,
    expiresAt: row.expiresAt,
    finishedAt: row.finishedAt ?? undefined,
  };
}

/** What came of this browser's request that returned to `returnTo`: once, and undefined when none has been finished. */
export async function redeemSignInOutcome(
  db: Db,
  browser: string,
  returnTo: string,
): Promise<SignInOutcome | undefined> {
  const finished = {
    browserHash: sha256Hex(browser),
    returnTo,
    finishedAt: { not: null },
    userId: { not: null },
  };
  const row = await db.signInRequest.findFirst({ where: finished, orderBy: { finishedAt: 'desc' } });
  if (row?.userId == null || row.finishedAt === null) return undefined;
  const { count } = await db.signInRequest.deleteMany({ where: { id: row.id } });
  if (count === 0) return undefined;
  return { userId: row.userId, finishedAt: row.finishedAt, consent: outcome.parse(row.progress).consent };
}

/** Hands a browser's requests on to its new token. */
export async function moveSignInRequests(db: Db, fromBrowser: string, toBrowser: string): Promise<void> {
  await db.signInRequest.updateMany({
    where: { browserHash: sha256Hex(fromBrowser) },
    data: { browserHash: sha256Hex(toBrowser) },
  });
}

/** Forgets every request of a browser, for when its person leaves. */
export async function deleteSignInRequests(db: Db, browser: string): Promise<void> {
  await db.signInRequest.deleteMany({ where: { browserHash: sha256Hex(browser) } });
}

/** Removes what nobody will come back to; returns how many. */
export async function purgeSignInRequests(db: Db, now = new Date()): Promise<number> {
  const before = new Date(now.getTime() - KEPT_AFTER_SECONDS * 1000);
  const { count } = await db.signInRequest.deleteMany({ where: { expiresAt: { lt: before } } });
  return count;
}
