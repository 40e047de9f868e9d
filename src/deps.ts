// The parts that everything is made from, opened in order and closed in reverse. The server and a command that runs
// on its own open the same ones. Deps exists once; surfaces take the slice they need.
import path from 'node:path';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { applyBootstrap } from './identity/bootstrap/bootstrap.ts';
import { ensureInstallation } from './identity/installation/installation.ts';
import type { Config } from './platform/config/config.ts';
import { trustExtraCa } from './platform/crypto/extra-ca.ts';
import { PasswordHasher } from './platform/crypto/password-hash.ts';
import { Vault } from './platform/crypto/vault.ts';
import { type Changes, openChanges } from './platform/database/changes.ts';
import { type Database, openDatabase, type Sql } from './platform/database/database.ts';
import type { PrismaClient } from './platform/database/generated/client.ts';
import { openRedis } from './platform/database/redis.ts';
import { createMailer, type Mailer } from './platform/mail/mail.ts';
import { Post } from './platform/mail/post.ts';
import { Outbound } from './platform/outbound/outbound.ts';
import { loadTexts, type Texts } from './platform/view/texts.ts';
import { DatabaseArtefactStore } from './protocol/oidc/artefact/database-store.ts';
import { RedisArtefactStore } from './protocol/oidc/artefact/redis-store.ts';
import { RememberedArtefactStore } from './protocol/oidc/artefact/remembered-store.ts';
import type { ArtefactStore } from './protocol/oidc/artefact/store.ts';
import { Issuers } from './protocol/oidc/issuers.ts';
import { ensureScopeMappings } from './protocol/oidc/scope-mapping.ts';
import { ensureSigningKeys } from './protocol/oidc/signing-key.ts';
import { ensureClientIdentities } from './protocol/outpost/provider/client-identity.ts';
import { Sandbox } from './protocol/provider/expression/sandbox.ts';
import { DatabaseSessionStore } from './signin/session/database-store.ts';
import { RedisSessionStore } from './signin/session/redis-store.ts';
import { Sessions } from './signin/session/session.ts';

export const VIEWS_DIRECTORY = path.resolve(import.meta.dirname, '../views');

export interface Deps {
  readonly config: Config;
  readonly log: Logger;
  readonly database: Database;
  readonly db: PrismaClient;
  readonly sql: Sql;
  readonly redis: Redis | undefined;
  readonly changes: Changes;
  readonly vault: Vault;
  readonly passwords: PasswordHasher;
  readonly mailer: Mailer;
  readonly post: Post;
  readonly outbound: Outbound;
  readonly sessions: Sessions;
  readonly artefacts: ArtefactStore;
  readonly issuers: Issuers;
  readonly sandbox: Sandbox;
  readonly texts: Texts;
  readonly installId: string;
}

export interface OpenDeps extends Deps {
  close(): Promise<void>;
}

/** Opens every part, and makes sure that this installation has its identity, first user and signing key. */
export async function openDeps(config: Config, log: Logger): Promise<OpenDeps> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  if (config.extraCaFile) trustExtraCa(config.extraCaFile);
  try {
    const database = await openDatabase(config, log);
    closers.push(() => database.close());
    const { db, sql } = database;
    const redis = config.redisUrl ? openRedis(config.redisUrl, log) : undefined;
    closers.push(() => redis?.disconnect());
    const changes = await openChanges(database, redis, log);
    closers.push(() => changes.close());
    const mailer = createMailer(config, log);
    closers.push(() => mailer.close());
    const texts = loadTexts(path.join(VIEWS_DIRECTORY, 'texts'), (key, language) =>
      log.warn({ key, language }, 'a text is missing'),
    );
    const post = new Post({ mailer, texts, config, log });
    closers.push(() => post.close());
    const outbound = new Outbound(config);
    const vault = new Vault(config.secretKey, config.previousSecretKeys);
    const passwords = new PasswordHasher(config.passwordHashing);
    const store = redis ? new RedisSessionStore(redis) : new DatabaseSessionStore(sql);
    const sessions = new Sessions({ store, db, changes });
    const artefactStore = redis
      ? new RedisArtefactStore(redis, vault)
      : new DatabaseArtefactStore(sql, vault);
    const artefacts = new RememberedArtefactStore(artefactStore, changes);
    const sandbox = new Sandbox();
    closers.push(() => sandbox.close());
    const issuers = new Issuers({ db, sql, changes, vault, sessions, artefacts, outbound, sandbox });
    const { installId } = await ensureInstallation(db, vault);
    await ensureSigningKeys(db, changes, vault);
    await ensureScopeMappings(db);
    await ensureClientIdentities(db, vault);
    await applyBootstrap(db, changes, passwords, vault, config.bootstrap);
    const stores = { database, db, sql, redis, changes };
    const oidc = { artefacts, issuers, sandbox };
    return {
      config,
      log,
      ...stores,
      vault,
      passwords,
      mailer,
      post,
      outbound,
      sessions,
      ...oidc,
      texts,
      installId,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
