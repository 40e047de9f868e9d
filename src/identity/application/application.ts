// Applications: what people open. Each has at most one provider, which says how it learns who they are. Whoever keeps
// something made from an application (issuers, routing) hears of every change.
import type { Publisher } from '../../platform/database/changes.ts';
import { given } from '../../platform/database/columns.ts';
import { type Db, isUniqueViolation } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import type { ListQuery } from '../../platform/database/listed.ts';
import { Conflict, InvalidInput, NotFound } from '../../platform/problem/problem.ts';
import { validate } from '../../platform/problem/validate.ts';
import {
  type ApplicationPatch,
  applicationPatch,
  type NewApplication,
  newApplication,
} from './application-fields.ts';

const withProvider = {
  provider: {
    select: {
      id: true,
      name: true,
      type: true,
      proxy: { select: { externalHost: true } },
      oauth2: {
        select: {
          redirectUris: {
            where: { purpose: 'authorization' },
            orderBy: { position: 'asc' },
            take: 1,
            select: { url: true },
          },
        },
      },
    },
  },
} satisfies Prisma.ApplicationInclude;

/** An application with the public part of its provider; no secrets. */
export type Application = Prisma.ApplicationGetPayload<{ include: typeof withProvider }>;

/** Throws InvalidInput for a field at fault, a slug that is taken, or a provider that another application has. */
export async function createApplication(
  db: Db,
  changes: Publisher,
  input: NewApplication,
): Promise<Application> {
  const fields = validate(newApplication, input);
  await refuseTaken(db, fields);
  const application = await db.application
    .create({ data: { ...given(fields), slug: fields.slug, name: fields.name }, include: withProvider })
    .catch(refuseRace);
  changes.publish('application', { id: application.id });
  return application;
}

/** Changes the given fields only; throws as createApplication does. */
export async function updateApplication(
  db: Db,
  changes: Publisher,
  id: string,
  input: ApplicationPatch,
): Promise<Application> {
  const fields = validate(applicationPatch, input);
  await getApplication(db, id);
  await refuseTaken(db, fields, id);
  const application = await db.application
    .update({ where: { id }, data: given(fields), include: withProvider })
    .catch(refuseRace);
  changes.publish('application', { id });
  return application;
}

/** Deletes the application with its bindings and consents; its provider stays. */
export async function deleteApplication(db: Db, changes: Publisher, id: string): Promise<void> {
  await getApplication(db, id);
  await db.application.delete({ where: { id } });
  changes.publish('application', { id });
}

export async function findApplication(db: Db, id: string): Promise<Application | undefined> {
  return (await db.application.findUnique({ where: { id }, include: withProvider })) ?? undefined;
}

export async function findApplicationBySlug(db: Db, slug: string): Promise<Application | undefined> {
  return (await db.application.findUnique({ where: { slug }, include: withProvider })) ?? undefined;
}

/** Throws NotFound. */
export async function getApplication(db: Db, id: string): Promise<Application> {
  return found(await findApplication(db, id));
}

/** Throws NotFound. */
export async function getApplicationBySlug(db: Db, slug: string): Promise<Application> {
  return found(await findApplicationBySlug(db, slug));
}

export type ApplicationQuery = Pick<
  ListQuery<Prisma.ApplicationWhereInput, Prisma.ApplicationOrderByWithRelationInput>,
  'where' | 'orderBy'
>;

/** All applications that match, by name unless ordered otherwise. */
export function listApplications(db: Db, query: ApplicationQuery = {}): Promise<Application[]> {
  const { where = {}, orderBy = [{ name: 'asc' }] } = query;
  return db.application.findMany({ where, orderBy, include: withProvider });
}

function found(application: Application | undefined): Application {
  if (!application) throw new NotFound('There is no such application.');
  return application;
}

/** Says in words what the unique columns would refuse; they stay the judges of a race. */
async function refuseTaken(db: Db, fields: ApplicationPatch, applicationId?: string): Promise<void> {
  const { slug, providerId } = fields;
  const isOther = (other: { id: string } | null | undefined) => other != null && other.id !== applicationId;
  if (
    slug !== undefined &&
    isOther(await db.application.findUnique({ where: { slug }, select: { id: true } }))
  ) {
    throw new InvalidInput({ slug: ['An application with this slug already exists.'] });
  }
  if (providerId == null) return;
  const provider = await db.provider.findUnique({
    where: { id: providerId },
    select: { application: { select: { id: true } } },
  });
  if (!provider) throw new InvalidInput({ provider: ['There is no such provider.'] });
  if (isOther(provider.application)) {
    throw new InvalidInput({ provider: ['Another application uses this provider.'] });
  }
}

function refuseRace(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new Conflict('Another application has just taken this slug or provider.', { cause: error });
}
