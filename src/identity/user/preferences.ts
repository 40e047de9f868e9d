// How a person wants to see Gatelodge: language and theme. They are kept where authentik keeps them, in the attributes
// under `settings`, and are the only attributes that people change themselves.
import { z } from 'zod';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import type { Prisma } from '../../platform/database/generated/client.ts';
import { getUser } from './user.ts';

export const THEMES = ['light', 'dark'] as const;

const stored = z.object({
  settings: z
    .object({
      locale: z.string().optional().catch(undefined),
      theme: z
        .object({ base: z.enum(THEMES).optional().catch(undefined) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

export interface Preferences {
  /** Undefined: what the browser asks for. */
  readonly language: string | undefined;
  /** Undefined: as the system has it. */
  readonly theme: (typeof THEMES)[number] | undefined;
}

/** What stands in a user's attributes; anything malformed is as if it were not there. */
export function preferencesOf({ attributes }: { readonly attributes: Prisma.JsonValue }): Preferences {
  const { settings } = stored.safeParse(attributes).data ?? {};
  return { language: settings?.locale, theme: settings?.theme?.base };
}

/** Changes language and theme, and no other attribute. */
export async function setPreferences(
  db: Db,
  changes: Publisher,
  userId: number,
  { language, theme }: Preferences,
): Promise<void> {
  const { attributes } = await getUser(db, userId);
  const before = Object(attributes) as Prisma.JsonObject;
  const { locale: _locale, theme: _theme, ...others } = Object(before.settings) as Prisma.JsonObject;
  const settings = {
    ...others,
    ...(language !== undefined && { locale: language }),
    ...(theme !== undefined && { theme: { base: theme } }),
  };
  await db.user.update({
    where: { id: userId },
    data: { attributes: { ...before, settings } as Prisma.InputJsonObject },
    select: { id: true },
  });
  changes.publish('user', { id: userId });
}
