// The outpost, put together from open parts: routing table, session caches, and the plain function before Koa.
import packageJson from '../package.json' with { type: 'json' };
import type { Deps } from './deps.ts';
import { trustedProxies } from './platform/http/forwarded.ts';
import type { Metrics } from './platform/telemetry/metrics.ts';
import type { View } from './platform/view/view.ts';
import { ENDPOINTS } from './protocol/oidc/configuration.ts';
import { farewellPath } from './protocol/oidc/logout/front-channel.ts';
import { OutpostDesk } from './protocol/outpost/desk.ts';
import { Outpost } from './protocol/outpost/outpost.ts';
import { PageWriter } from './protocol/outpost/page-writer.ts';
import type { JudgedSession } from './protocol/outpost/pass.ts';
import { Routing } from './protocol/outpost/provider/routing.ts';
import { directDialect } from './protocol/outpost/proxy-mode/direct.ts';
import { ReverseProxy } from './protocol/outpost/proxy-mode/reverse-proxy.ts';
import { startConfirmation } from './protocol/outpost/session/confirmation.ts';
import { Credentials } from './protocol/outpost/session/credentials.ts';
import { DatabaseOutpostSessionStore } from './protocol/outpost/session/database-store.ts';
import { IdentityTokens } from './protocol/outpost/session/identity-token.ts';
import { type FoundSession, OutpostSessions } from './protocol/outpost/session/outpost-sessions.ts';
import { Overrides } from './protocol/outpost/session/override.ts';
import { RedisOutpostSessionStore } from './protocol/outpost/session/redis-store.ts';
import { signInOrigin } from './protocol/outpost/sign-in/address.ts';
import { Errands } from './protocol/outpost/sign-in/errands.ts';
import { SessionCache } from './signin/session/cache.ts';
import { RedisSessionStore } from './signin/session/redis-store.ts';

const MOST_SESSIONS = 200_000;
const MOST_CREDENTIALS = 20_000;
/** How long the store is believed while changes are heard, and while they are not. */
const FRESH_SECONDS = 10;
const FRESH_WHILE_DEAF_SECONDS = 5;
/** Rules and what is told of people follow changes; this is for one that was never told, such as one made by hand. */
const LONGEST_SECONDS = 900;
/** Tokens are taken back without anybody being told, so credentials are looked at again this often. */
const FRESH_CREDENTIALS_SECONDS = 1;
const PATIENCE_SECONDS = 3;
/** What lasts is judged anew at every change; this is for a change that was never told. */
const RECHECK_SECONDS = 10;

interface Needs extends Deps {
  readonly metrics: Metrics;
  readonly view: View;
  /** Where HTTP is served, for applications on this very machine. */
  readonly port: number | undefined;
}

export interface OpenOutpost {
  readonly outpost: Outpost;
  readonly routing: Routing;
  readonly outpostSessions: OutpostSessions;
  close(): Promise<void>;
}

/** Reads the routing table, and follows every change from then on. */
export async function openOutpost(needs: Needs): Promise<OpenOutpost> {
  const { config, db, sql, redis, changes, sessions, issuers, vault, sandbox } = needs;
  const { log, view, texts, metrics, port } = needs;
  const origin = config.url === undefined ? `http://localhost:${port ?? 9000}` : new URL(config.url).origin;
  const installation = {
    version: `gatelodge/${packageJson.version}`,
    jwksUrl: (slug: string) => `${origin}${ENDPOINTS}/${slug}/jwks/`,
  };
  const routing = await Routing.open({ db, changes, log, longestSeconds: LONGEST_SECONDS });
  const tokens = new IdentityTokens({ db, vault, origin });
  const overrides = new Overrides({ db, sandbox, log });
  const store = redis
    ? new RedisOutpostSessionStore(redis, new RedisSessionStore(redis))
    : new DatabaseOutpostSessionStore(sql);
  const outpostSessions = new OutpostSessions({
    store,
    sessions,
    sql,
    vault,
    tokens,
    table: routing,
    overrides,
    log,
  });

  const freshSeconds = () => (changes.isConnected ? FRESH_SECONDS : FRESH_WHILE_DEAF_SECONDS);
  const cache = new SessionCache<JudgedSession & FoundSession>({
    read: (token) => outpostSessions.find(token),
    ownerOf,
    capacity: MOST_SESSIONS,
    longestSeconds: LONGEST_SECONDS,
    freshSeconds,
    patienceSeconds: PATIENCE_SECONDS,
  });
  const credentialSessions = new SessionCache<JudgedSession>({
    read: async () => undefined,
    ownerOf,
    capacity: MOST_CREDENTIALS,
    longestSeconds: LONGEST_SECONDS,
    freshSeconds: () => FRESH_CREDENTIALS_SECONDS,
    patienceSeconds: PATIENCE_SECONDS,
  });
  const confirmation = startConfirmation({ cache, store, sql, changes, log });

  const isTrusted = remembered(trustedProxies(config.trustedProxies));
  const originFor = signInOriginFor(config.url, port);
  const pages = new PageWriter({ view, texts });
  const proxy = new ReverseProxy({
    log,
    pages,
    isTrusted,
    originFor,
    answerSeconds: config.upstreamTimeoutSeconds,
    judgeAgain: (visit) => outpost.judgeAgain(visit),
  });
  follow(needs, { caches: [cache, credentialSessions], tokens, proxy, routing });
  const rechecks = setInterval(() => void proxy.lasting.recheck(), RECHECK_SECONDS * 1000).unref();
  const errands = new Errands({
    db,
    table: routing,
    sessions,
    outpostSessions,
    originFor,
    onNoOrigin: (visit) => desk.explainNoOrigin(visit),
    farewell: (sessionId, next) => farewellPath(sql, vault, sessionId, next),
  });
  const desk = new OutpostDesk({
    db,
    log,
    table: routing,
    pages,
    errands,
    credentials: new Credentials({ db, sql, tokens, sessions, issuers, overrides, origin }),
    credentialSessions,
    isTrusted,
    originFor,
    origin: config.url === undefined ? '' : origin,
    inEnglish: texts.for('en'),
  });
  const close = () => {
    confirmation.stop();
    clearInterval(rechecks);
    routing.close();
    return proxy.close();
  };
  const ownAuthority = config.url === undefined ? undefined : new URL(config.url).host;
  const outpost = new Outpost({
    table: routing,
    sessions: cache,
    isTrusted,
    ownAuthority,
    installation,
    desk,
    direct: directDialect(proxy),
  });
  metrics.addTally(
    'gatelodge_outpost_verdicts_total',
    'Requests judged for proxies, by verdict.',
    'verdict',
    () => outpost.verdicts,
  );
  return { outpost, routing, outpostSessions, close };
}

const ownerOf = ({ identity }: JudgedSession) => identity.userId;

interface Droppable {
  dropOf(userId: number, test?: (session: JudgedSession) => boolean): void;
  dropWhere(test: (session: JudgedSession) => boolean): void;
  clear(): void;
}

interface Remembering {
  readonly caches: readonly Droppable[];
  readonly tokens: IdentityTokens;
  readonly proxy: ReverseProxy;
  readonly routing: Routing;
}

/** Keeps what is remembered of sessions true, and ends what lasts and would be refused now. */
function follow({ changes }: Deps, { caches, tokens, proxy, routing }: Remembering): void {
  const dropOf = (userId: number, test?: (session: JudgedSession) => boolean) => {
    for (const cache of caches) cache.dropOf(userId, test);
  };
  const dropWhere = (test: (session: JudgedSession) => boolean) => {
    for (const cache of caches) cache.dropWhere(test);
  };
  const clear = () => {
    for (const cache of caches) cache.clear();
  };
  const recheck = () => void routing.settle().then(() => proxy.lasting.recheck());
  changes.subscribe('session', ({ id, userId }) => {
    const isEnded = ({ sessionId }: { readonly sessionId: string | undefined }) => sessionId === id;
    dropOf(userId, isEnded);
    proxy.lasting.endWhere(isEnded);
  });
  changes.subscribe('user', ({ id }) => dropOf(id));
  for (const kind of ['group', 'mfaDemand'] as const) changes.subscribe(kind, clear);
  changes.subscribe('provider', ({ id }) => {
    void routing.settle().then(() => dropWhere(({ providerId }) => providerId === id));
  });
  for (const kind of ['user', 'group', 'mfaDemand', 'application', 'provider'] as const) {
    changes.subscribe(kind, recheck);
  }
  changes.subscribe('signingKey', () => {
    tokens.forgetKeys();
    clear();
  });
  changes.onInterruption(() => {
    clear();
    recheck();
  });
}

function signInOriginFor(url: string | undefined, port: number | undefined) {
  return (route: Parameters<typeof signInOrigin>[2]) => signInOrigin(url, port, route);
}

/** The same test with its answers kept: a proxy asks from one address all the time. */
function remembered(
  isTrusted: (address: string | undefined) => boolean,
): (address: string | undefined) => boolean {
  const answers = new Map<string | undefined, boolean>();
  return (address) => {
    const known = answers.get(address);
    if (known !== undefined) return known;
    if (answers.size > 1000) answers.clear();
    const answer = isTrusted(address);
    answers.set(address, answer);
    return answer;
  };
}
