// /api/v3/core/applications/: everybody sees the applications that they may open, administrators write them. An
// application that somebody may not open does not exist for them.
import { z } from 'zod';
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import type { Prisma, PrismaClient } from '../../platform/database/generated/client.ts';
import type { Viewer } from '../../platform/http/context.ts';
import { viewerOf } from '../../platform/http/guard.ts';
import { int32, text } from '../../platform/problem/field.ts';
import { Forbidden, NotFound } from '../../platform/problem/problem.ts';
import { authenticated, superuser } from '../../platform/rest/credentials.ts';
import { flag, type Slice } from '../../platform/rest/listing.ts';
import { type Operation, operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { allowedAmong, checkAccess } from '../access/access-query.ts';
import { recorder } from '../event/recorder.ts';
import { getUser } from '../user/user.ts';
import {
  type Application,
  type ApplicationQuery,
  createApplication,
  deleteApplication,
  findApplicationBySlug,
  getApplicationBySlug,
  listApplications,
  updateApplication,
} from './application.ts';
import { slug } from './application-fields.ts';
import {
  applicationFields,
  applicationInput,
  applicationShape,
  representApplication,
} from './representation.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
}

const key = z.object({ slug });
const forUser = z.object({ for_user: int32.optional() });

const filters = forUser.extend({
  name: text.optional(),
  slug: text.optional(),
  group: text.optional(),
  meta_launch_url: text.optional(),
  meta_hide: flag.optional(),
  superuser_full_list: flag.default(false),
  only_with_launch_url: flag.default(false),
});

export function applicationApi({ db, changes }: Needs): Operation[] {
  return [checkAccessOperation(db), ...applications({ db, changes })];
}

function applications({ db, changes }: Needs): Operation[] {
  const write = recorder({ db, changes }, modelOf);
  const representFor = async (viewer: Viewer, application: Application) =>
    representApplication(application, await getUser(db, viewer.userId));

  return resource({
    path: 'core/applications',
    name: 'Application',
    key,
    shape: applicationShape,
    fields: applicationFields,
    filters,
    ordering: { name: 'name', slug: 'slug', group: 'group', created: 'createdAt' },
    guards: { read: authenticated, write: superuser },

    list: ({ ctx, query, ...rest }) => listShown(db, viewerOf(ctx), query, rest),
    get: async ({ ctx, parameters }) => {
      const viewer = viewerOf(ctx);
      const application = await getApplicationBySlug(db, parameters.slug);
      await refuseUnlessSeen(db, application, viewer);
      return representFor(viewer, application);
    },
    create: async ({ ctx, body }) => {
      const input = { ...applicationInput(body), slug: body.slug, name: body.name };
      const application = await write(ctx, 'model_created', (tx, publisher) =>
        createApplication(tx, publisher, input),
      );
      return representFor(viewerOf(ctx), application);
    },
    update: async ({ ctx, parameters, body }) => {
      const application = await write(ctx, 'model_updated', async (tx, publisher) => {
        const { id } = await getApplicationBySlug(tx, parameters.slug);
        return updateApplication(tx, publisher, id, applicationInput(body));
      });
      return representFor(viewerOf(ctx), application);
    },
    delete: async ({ ctx, parameters }) => {
      await write(ctx, 'model_deleted', async (tx, publisher) => {
        const application = await getApplicationBySlug(tx, parameters.slug);
        await deleteApplication(tx, publisher, application.id);
        return application;
      });
    },
  });
}

/** Those that the person may open; administrators may ask for all. */
async function listShown(
  db: PrismaClient,
  viewer: Viewer,
  query: z.output<typeof filters>,
  { search, orderBy, skip, take }: ApplicationQuery & Slice & { readonly search: string },
) {
  const person = await getUser(db, personAskedAbout(viewer, query.for_user));
  const all = await listApplications(db, { where: applicationsThat(query, search), orderBy });
  const showsAll = query.superuser_full_list && viewer.isAdministrator;
  const allowed = showsAll ? all : await allowedAmong(db, all, person.id);
  const shown = allowed
    .map((application) => representApplication(application, person))
    .filter(({ launch_url }) => !query.only_with_launch_url || launch_url !== null);
  return { count: shown.length, results: shown.slice(skip, skip + take) };
}

async function refuseUnlessSeen(db: PrismaClient, application: Application, viewer: Viewer): Promise<void> {
  if (viewer.isAdministrator) return;
  const { isAllowed } = await checkAccess(db, application, viewer.userId);
  if (!isAllowed) throw new NotFound('There is no such application.');
}

function checkAccessOperation(db: PrismaClient): Operation {
  return operation({
    id: 'core_applications_check_access_retrieve',
    method: 'GET',
    path: 'core/applications/{slug}/check_access/',
    summary: 'Whether I, or for_user, may open it',
    guard: authenticated,
    parameters: key,
    query: forUser,
    answer: z
      .object({ passing: z.boolean(), messages: z.array(z.string()), log_messages: z.array(z.unknown()) })
      .meta({ title: 'PolicyTestResult' }),
    handler: async ({ ctx, parameters, query }) => {
      const viewer = viewerOf(ctx);
      const userId = personAskedAbout(viewer, query.for_user);
      const application = await findApplicationBySlug(db, parameters.slug);
      // To those who may not see it, an application that they may not open is like one that is not there.
      if (!application && viewer.isAdministrator) throw new NotFound('There is no such application.');
      const passing = application !== undefined && (await checkAccess(db, application, userId)).isAllowed;
      return { passing, messages: [], log_messages: [] };
    },
  });
}

/** Only administrators may ask about others. */
function personAskedAbout(viewer: Viewer, forUserId: number | undefined): number {
  if (forUserId === undefined || forUserId === viewer.userId) return viewer.userId;
  if (!viewer.isAdministrator) throw new Forbidden('You do not have permission to perform this action.');
  return forUserId;
}

function modelOf({ id, name }: Application) {
  return { app: 'identity.application', model_name: 'application', pk: id, name };
}

function applicationsThat(query: z.output<typeof filters>, search: string): Prisma.ApplicationWhereInput {
  const { name, slug: exactSlug, group, meta_launch_url: launchUrl, meta_hide: isHidden } = query;
  const found = { contains: search, mode: 'insensitive' as const };
  return {
    ...given({ name, slug: exactSlug, group, launchUrl, isHidden }),
    ...(search !== '' && {
      OR: ['name', 'slug', 'group', 'description'].map((field) => ({ [field]: found })),
    }),
  };
}
