// What an application is told of a person, in one query: the outpost asks it whenever a session is read anew.

import { effectiveAttributes } from '../../../identity/group/attributes.ts';
import type { Sql } from '../../../platform/database/sql.ts';
import type { Identity } from '../identity-headers.ts';

/** A person without the token that names them. */
export type Person = Omit<Identity, 'token'>;

interface Row {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly uid: string;
  readonly attributes: Record<string, never>;
  readonly groups: readonly { id: string; name: string; attributes: Record<string, never> }[];
}

/** The active user with all groups that count for them, by name; undefined for everybody else. */
export async function findPerson(sql: Sql, userId: number): Promise<Person | undefined> {
  const [row] = await sql.query<Row>(
    `WITH RECURSIVE effective (id) AS (
       SELECT group_id FROM group_memberships WHERE user_id = $1
       UNION
       SELECT parent.parent_id FROM group_parents parent JOIN effective ON parent.child_id = effective.id
     )
     SELECT username, name, email, uid, attributes,
       (SELECT coalesce(json_agg(json_build_object('id', g.id, 'name', g.name, 'attributes', g.attributes) ORDER BY g.name), '[]')
          FROM groups g JOIN effective ON effective.id = g.id) AS groups
       FROM users WHERE id = $1 AND is_active`,
    [userId],
  );
  if (!row) return undefined;
  const { groups, attributes: _, ...facts } = row;
  return { ...facts, userId, groups, attributes: effectiveAttributes(row, groups) };
}
