// One person's walk through a flow: what was asked for, who is in front of us, and what has been proved so far. Progress
// is always written as a whole, so a proof can never be joined to another person's name by two tabs that write at once.
import { z } from 'zod';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Db } from '../../platform/database/database.ts';
import type { PolicyEngineMode } from '../../platform/database/generated/enums.ts';
import type { Viewer } from '../../platform/http/context.ts';
import { Expired } from '../../platform/problem/problem.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { SessionClient } from '../session/session.ts';
import {
  createSignInRequest,
  type SignInRequest,
  type SignInRequirements,
} from '../session/sign-in-request.ts';
import type { TrustTokenOf } from '../session/trusted-device.ts';

const progress = z.object({
  /** What was typed as "Username or email"; stored sealed, for it may be a password in the wrong field. */
  login: z.string().optional(),
  /** "Not you?": the session in this browser belongs to somebody else than the one who signs in. */
  isSomebodyElse: z.boolean().optional(),
  proof: z
    .object({
      userId: z.number(),
      methods: z.array(z.string()),
      at: z.coerce.date(),
      isPersistent: z.boolean(),
    })
    .optional(),
  /** The second factor that they want to be asked for, or `another`: they want to choose. */
  factor: z.string().optional(),
  /** The second factor that they are setting up, because they must have one. */
  enrolment: z.string().optional(),
  /** They want the second factor to be asked for on this device only now and then. */
  trustsDevice: z.boolean().optional(),
  /** Recovery codes that were made on the way in and are still to be put by, sealed. */
  recoveryCodes: z.string().optional(),
  consent: z.enum(['granted', 'declined']).optional(),
  /** A link by mail was asked for; whether one was sent must not show. */
  isRecoveryAsked: z.boolean().optional(),
});

/** What the stages have established. */
type Progress = z.infer<typeof progress> & {
  /** Whom `login` names; undefined for nobody, which must not show. */
  userId?: number | undefined;
};

export interface RunApplication {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly policyEngineMode: PolicyEngineMode;
}

/** What a visit to a flow brings along. */
export interface Visit {
  readonly t: Translate;
  /** Who is signed in in this browser. */
  readonly viewer: Viewer | undefined;
  readonly client: SessionClient;
  /** Browser-visible origin; passkeys are bound to it. */
  readonly origin: string;
  /** Hash of what this browser is known by to whoever has signed in with it before. */
  readonly browserHash: string | undefined;
  /** What it is trusted by, if somebody has had it trusted. */
  readonly trustTokenOf: TrustTokenOf;
  /** Id of the HTTP request, for events. */
  readonly requestId: string;
  readonly now: Date;
}

export interface Run extends Visit {
  readonly flow: string;
  /** Id of the stored request; undefined until something is established. */
  id: string | undefined;
  /** Where to go on when the flow is done; undefined for where this flow leads by itself. */
  returnTo: string | undefined;
  readonly requirements: SignInRequirements;
  readonly application: RunApplication | undefined;
  progress: Progress;
  viewer: Viewer | undefined;
  /** What the address brings along to be redeemed: of a link by mail, or an invitation. Undefined once it has been. */
  token: string | undefined;
}

/** Who the flow is about. */
export interface Person {
  /** Undefined when nobody has that name. */
  readonly id: number | undefined;
  /** Their name as they typed it, or as the session has it. */
  readonly login: string;
}

/** Where runs are kept. */
export interface RunStore {
  readonly db: Db;
  readonly vault: Vault;
}

/** The run of a stored request. */
export async function resumeRun({ db, vault }: RunStore, visit: Visit, request: SignInRequest): Promise<Run> {
  const { id, flow, returnTo, requirements, applicationId, userId } = request;
  const application = applicationId === undefined ? undefined : await findApplication(db, applicationId);
  const { login, ...established } = progress.parse(request.progress);
  return {
    ...visit,
    id,
    flow,
    returnTo,
    requirements,
    application,
    token: undefined,
    progress: { ...established, ...(login !== undefined && { login: vault.open(login) }), userId },
  };
}

interface Beginning {
  readonly flow: string;
  readonly token: string | undefined;
  readonly returnTo: string | undefined;
  readonly requirements: SignInRequirements;
}

/** A run that nothing is stored of yet. */
export function beginRun(visit: Visit, beginning: Beginning): Run {
  return { ...visit, ...beginning, id: undefined, application: undefined, progress: {} };
}

/** Stores the run's progress, and the request with it if there is none yet; false when the request has ended meanwhile. */
export async function saveRun(
  { db, vault }: RunStore,
  run: Run,
  browser: string,
  home: string,
): Promise<boolean> {
  const { flow, requirements, now } = run;
  run.id ??= await createSignInRequest(
    db,
    { browser, flow, returnTo: run.returnTo ?? home, requirements },
    now,
  );
  const { userId, proof, login, ...established } = run.progress;
  const stored = {
    ...established,
    ...(login !== undefined && { login: vault.seal(login) }),
    ...(proof && { proof: { ...proof, at: proof.at.toISOString() } }),
  };
  const { count } = await db.signInRequest.updateMany({
    where: { id: run.id, finishedAt: null, expiresAt: { gt: now } },
    data: {
      userId: userId ?? null,
      progress: stored,
    },
  });
  return count === 1;
}

/** Names who signs in, and drops whatever was established about anybody before. */
export function identify(run: Run, login: string, userId: number | undefined): void {
  const isSomebodyElse = run.viewer !== undefined && userId !== run.viewer.userId;
  run.progress = { login, userId, isSomebodyElse };
}

/** "Not you?": asks again who signs in. */
export function forgetPerson(run: Run): void {
  run.progress = { isSomebodyElse: run.viewer !== undefined };
}

/** Notes that the person has proved who they are by a method (RFC 8176). */
export function prove(run: Run, userId: number, method: string, isPersistent = false): void {
  const methods = [...(run.progress.proof?.methods ?? []), method];
  run.progress = { ...run.progress, userId, proof: { userId, methods, at: run.now, isPersistent } };
}

/** Notes a further proof by the same person, on top of what this run or their session has proved. */
export function proveFurther(run: Run, userId: number, methods: readonly string[]): void {
  const proof = {
    userId,
    methods: [...new Set([...methodsOf(run), ...methods])],
    at: run.now,
    isPersistent: run.progress.proof?.isPersistent ?? false,
  };
  run.progress = { ...run.progress, userId, proof };
}

/** How the person has proved who they are so far: in this run, or else in their session. */
export function methodsOf({ progress, viewer }: Run): readonly string[] {
  return progress.proof?.methods ?? viewer?.methods ?? [];
}

/** Who signs in: whom the session in this browser belongs to, unless they said otherwise; else who was named. */
export function personOf({ viewer, progress }: Run): Person | undefined {
  if (viewer && !progress.isSomebodyElse) return { id: viewer.userId, login: viewer.username };
  return progress.login === undefined ? undefined : { id: progress.userId, login: progress.login };
}

/** Id of the person once they have proved who they are: in this run, or by a session that is fresh enough. */
export function provedUserId(run: Run): number | undefined {
  const { proof, isSomebodyElse } = run.progress;
  const person = personOf(run);
  if (proof && proof.userId === person?.id) return proof.userId;
  return run.viewer && !isSomebodyElse && isFreshEnough(run) ? run.viewer.userId : undefined;
}

/** As `provedUserId`, for what comes after the proof; throws Expired when there is none any more. */
export function getProvedUserId(run: Run): number {
  const userId = provedUserId(run);
  if (userId === undefined) throw new Expired(run.t('signin.restarted.expired'));
  return userId;
}

function isFreshEnough({ viewer, requirements, now }: Run): boolean {
  if (requirements.forceLogin) return false;
  if (requirements.maxAgeSeconds === undefined) return true;
  const provedAt = viewer?.authenticatedAt?.getTime() ?? 0;
  return now.getTime() - provedAt <= requirements.maxAgeSeconds * 1000;
}

async function findApplication(db: Db, id: string): Promise<RunApplication | undefined> {
  const select = { id: true, slug: true, name: true, policyEngineMode: true };
  return (await db.application.findUnique({ where: { id }, select })) ?? undefined;
}
