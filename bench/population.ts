// People and applications by the thousand, written straight into PostgreSQL: through the API they would take longer to make
// than to measure.
import pg from 'pg';
import { benchPerson } from './fixture.ts';

/** Runs `write` on a connection of its own, and lets PostgreSQL look at what has come. */
export async function populate<T>(databaseUrl: string, write: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const result = await write(client);
    await client.query('ANALYZE');
    return result;
  } finally {
    await client.end();
  }
}

/** person-1 and so on, with the bench person's password; that one is there already. */
export async function addPeople(client: pg.Client, number: number): Promise<void> {
  await client.query(
    `INSERT INTO users (uuid, uid, username, username_key, name, email, email_key, password_hash, updated_at)
     SELECT gen_random_uuid(), md5('a' || n) || md5('b' || n), 'person-' || n, 'person-' || n, 'Person ' || n,
       'person-' || n || '@example.com', 'person-' || n || '@example.com', bench.password_hash, now()
     FROM generate_series(1, $2::int) n, users bench WHERE bench.username = $1`,
    [benchPerson.username, number],
  );
}

/** Each with a provider of its own; what is special about that kind of provider is for the caller to add. */
export async function addApplications(
  client: pg.Client,
  type: 'oauth2' | 'proxy',
  names: readonly string[],
): Promise<void> {
  await client.query(
    `WITH p AS (INSERT INTO providers (type, name, updated_at) SELECT $1, name, now() FROM unnest($2::text[]) name RETURNING id, name)
     INSERT INTO applications (id, slug, name, provider_id, updated_at) SELECT gen_random_uuid(), name, name, id, now() FROM p`,
    [type, names],
  );
}
