// What an application is told of a person, in one query: the outpost asks it whenever a session is read anew.

import { effectiveAttributes } from '../../../identity/group/attributes.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import type { Identity } from '../identity-headers.ts';

/** A person without the token that names them. */
export type Person = Omit<Identity, 'token'>;

/** With what the rules about people say of them. */
export interface KnownPerson extends Person {
  /** Whether they must sign in with a second factor, whatever they open. */
  readonly mustUseMfa: boolean;
}

interface Row {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly uid: string;
  readonly emailVerified: boolean;
  readonly attributes: Record<string, never>;
  readonly mustUseMfa: boolean;
  readonly groups: readonly { id: string; name: string; attributes: Record<string, never> }[];
}

/** The active user with all groups that count for them, by name; undefined for everybody else. */
export async function findPerson(sql: Sql, userId: number): Promise<KnownPerson | undefined> {
  const [row] = await sql.query<Row>(
    `WITH RECURSIVE effective (id) AS (
       SELECT group_id FROM group_memberships WHERE user_id = $1
       UNION
       SELECT parent.parent_id FROM group_parents parent JOIN effective ON parent.child_id = effective.id
     )
     SELECT username, name, email, email_verified AS "emailVerified", uid, attributes,
       (SELECT mfa_demand = 'everybody' FROM installation) OR EXISTS (
         SELECT 1 FROM groups g JOIN effective ON effective.id = g.id
          WHERE g.must_use_mfa
             OR (g.is_superuser AND (SELECT mfa_demand = 'administrators' FROM installation))) AS "mustUseMfa",
       (SELECT coalesce(json_agg(json_build_object('id', g.id, 'name', g.name, 'attributes', g.attributes) ORDER BY g.name), '[]')
          FROM groups g JOIN effective ON effective.id = g.id) AS groups
       FROM users WHERE id = $1 AND is_active`,
    [userId],
  );
  if (!row) return undefined;
  const { groups, attributes: _, ...facts } = row;
  return { ...facts, userId, groups, attributes: effectiveAttributes(row, groups) };
}
