// /api/v3/core/authenticated_sessions/: where people are signed in. Everybody sees and ends their own sessions;
// administrators everybody's.
import { z } from 'zod';
import { modelEvent } from '../../identity/event/actor.ts';
import { recordEvent } from '../../identity/event/event.ts';
import { nameKey } from '../../identity/user/user-fields.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import type { Viewer } from '../../platform/http/context.ts';
import { viewerOf } from '../../platform/http/guard.ts';
import { text } from '../../platform/problem/field.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import { authenticated } from '../../platform/rest/credentials.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import type { SsoSession } from './store.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly sessions: {
    list(userId: number): Promise<SsoSession[]>;
    findById(id: string): Promise<SsoSession | undefined>;
    end(id: string): Promise<unknown>;
  };
}

const agentPart = z.object({ family: z.string(), major: z.string(), minor: z.string(), patch: z.string() });

const sessionShape = z.object({
  uuid: z.uuid(),
  current: z.boolean(),
  user_agent: z.object({
    device: z.object({ brand: z.null(), family: z.string(), model: z.null() }),
    os: agentPart.extend({ patch_minor: z.string() }),
    user_agent: agentPart,
    string: z.string(),
  }),
  geo_ip: z.null(),
  asn: z.null(),
  user: z.int(),
  last_ip: z.string(),
  last_user_agent: z.string(),
  last_used: z.date(),
  expires: z.date(),
});

const filters = z.object({ user__username: text.optional() });

export function sessionApi({ db, sessions }: Needs): Operation[] {
  return resource({
    path: 'core/authenticated_sessions',
    name: 'AuthenticatedSession',
    key: z.object({ uuid: z.uuid() }),
    shape: sessionShape,
    fields: z.strictObject({}),
    filters,
    guards: { read: authenticated, write: authenticated },

    list: async ({ ctx, query, skip, take }) => {
      const viewer = viewerOf(ctx);
      const found: SsoSession[] = [];
      for (const userId of await findOwners(db, viewer, query.user__username)) {
        found.push(...(await sessions.list(userId)));
      }
      const results = found.slice(skip, skip + take).map((session) => represent(session, viewer));
      return { count: found.length, results };
    },
    get: async ({ ctx, parameters }) => {
      const viewer = viewerOf(ctx);
      return represent(await getOwn(sessions, parameters.uuid, viewer), viewer);
    },
    delete: async ({ ctx, parameters }) => {
      const { id, userId } = await getOwn(sessions, parameters.uuid, viewerOf(ctx));
      await sessions.end(id);
      const model = {
        app: 'signin.session',
        model_name: 'authenticatedsession',
        pk: id,
        name: `user ${userId}`,
      };
      await recordEvent(db, modelEvent(ctx, 'model_deleted', model));
    },
  });
}

/** Whose sessions the viewer may see, narrowed to one username. */
async function findOwners(db: PrismaClient, viewer: Viewer, username: string | undefined): Promise<number[]> {
  const users = await db.user.findMany({
    where: {
      ...(!viewer.isAdministrator && { id: viewer.userId }),
      ...(username !== undefined && { usernameKey: nameKey(username) }),
    },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  return users.map(({ id }) => id);
}

async function getOwn(sessions: Needs['sessions'], id: string, viewer: Viewer): Promise<SsoSession> {
  const session = await sessions.findById(id);
  const isSeen = session && (viewer.isAdministrator || session.userId === viewer.userId);
  if (!isSeen) throw new NotFound('There is no such session.');
  return session;
}

/** Browsers are named by their own words only: whoever wants a parsed name has the string. */
function represent(session: SsoSession, viewer: Viewer): z.input<typeof sessionShape> {
  const unknown = { family: 'Other', major: '', minor: '', patch: '' };
  return {
    uuid: session.id,
    current: session.id === viewer.sessionId,
    user_agent: {
      device: { brand: null, family: 'Other', model: null },
      os: { ...unknown, patch_minor: '' },
      user_agent: unknown,
      string: session.userAgent,
    },
    geo_ip: null,
    asn: null,
    user: session.userId,
    last_ip: session.clientAddress,
    last_user_agent: session.userAgent,
    last_used: session.lastSeenAt,
    expires: session.expiresAt,
  };
}
