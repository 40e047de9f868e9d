// A large installation beside an empty one: 2,000 applications, 10,000 people in 100 groups, written straight into
// PostgreSQL. Sign-ins and code exchanges alternate between the two; then every application's metadata is asked for.
import type pg from 'pg';
import { openBackends } from './backends.ts';
import { Connection } from './connection.ts';
import { browserAt, type Contender, startGatelodge } from './contender.ts';
import { benchClient } from './fixture.ts';
import { median, residentMib } from './measure.ts';
import { addApplications, addPeople, populate } from './population.ts';

const APPLICATIONS = 2000;
const PEOPLE = 10_000;
const GROUPS = 100;

interface Timed {
  readonly signInMs: number;
  readonly exchangeMs: number;
}

/** Prints a row for each installation. */
export async function benchScale({ rounds }: { rounds: number }): Promise<void> {
  const backends = await openBackends();
  try {
    const backend = backends.all.find(({ name }) => name === 'PostgreSQL');
    if (!backend) return console.log('\nscale: skipped, PostgreSQL is not installed');
    const settings = [await backend.createEnvironment(), await backend.createEnvironment()];
    const contenders: Contender[] = [];
    for (const environment of settings) {
      const fixed = { name: 'PostgreSQL', createEnvironment: async () => environment };
      contenders.push(await startGatelodge(fixed, { algorithm: 'RS256' }));
    }
    await populate(settings[1]?.DATABASE_URL ?? '', fill);
    await compare(contenders, rounds);
    for (const contender of contenders) await contender.end();
  } finally {
    await backends.close();
  }
}

async function compare(contenders: readonly Contender[], rounds: number): Promise<void> {
  const results: Timed[][] = contenders.map(() => []);
  for (const contender of contenders) for (let warmUp = 0; warmUp < 20; warmUp += 1) await time(contender);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) results[index]?.push(await time(contender));
  }
  const residents = await Promise.all(contenders.map(({ pid }) => residentMib(pid)));
  const large = contenders.at(-1);
  if (large) await visitApplications(large);
  const ofEmpty = results[0] ?? [];
  const rows = contenders.map(async ({ pid }, index) => {
    const own = results[index] ?? [];
    const of = (read: (timed: Timed) => number) => median(own.map(read));
    return {
      installation: index === 0 ? 'empty' : `${APPLICATIONS} applications, ${PEOPLE} people`,
      'sign-in ms': of(({ signInMs }) => signInMs).toFixed(1),
      'code exchange ms': of(({ exchangeMs }) => exchangeMs).toFixed(2),
      'sign-in ÷ empty': (of((t) => t.signInMs) / median(ofEmpty.map((t) => t.signInMs))).toFixed(2),
      'exchange ÷ empty': (of((t) => t.exchangeMs) / median(ofEmpty.map((t) => t.exchangeMs))).toFixed(2),
      'resident MiB': residents[index]?.toFixed(0),
      'all applications visited': pid === large?.pid ? (await residentMib(pid)).toFixed(0) : '',
    };
  });
  console.log(`\nscale: ${rounds} rounds`);
  console.table(await Promise.all(rows));
}

/** A new browser signs in with name and password, and its code is redeemed. */
async function time(contender: Contender): Promise<Timed> {
  const browser = browserAt(contender);
  const begin = performance.now();
  const code = await browser.authorize();
  const signedIn = performance.now();
  await browser.redeem(code);
  browser.close();
  return { signInMs: signedIn - begin, exchangeMs: performance.now() - signedIn };
}

async function visitApplications({ origin }: Contender): Promise<void> {
  const connection = new Connection(origin);
  for (let number = 1; number <= APPLICATIONS; number += 1) {
    const path = `/application/o/app-${number}/.well-known/openid-configuration`;
    const { status, body } = await connection.ask({ method: 'GET', path });
    if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body}`);
  }
  connection.close();
}

/** Everything is made after the bench's own application and person. */
async function fill(client: pg.Client): Promise<void> {
  await addPeople(client, PEOPLE);
  await client.query(
    `INSERT INTO groups (id, name, updated_at) SELECT gen_random_uuid(), 'group-' || n, now() FROM generate_series(1, ${GROUPS}) n`,
  );
  await client.query(
    `INSERT INTO group_memberships (user_id, group_id) SELECT users.id, groups.id FROM users, groups
     WHERE groups.name IN ('group-' || (users.id % ${GROUPS} + 1), 'group-' || (users.id / 7 % ${GROUPS} + 1))`,
  );
  const names = Array.from({ length: APPLICATIONS }, (_, index) => `app-${index + 1}`);
  await addApplications(client, 'oauth2', names);
  await client.query(
    `INSERT INTO oauth2_providers (provider_id, client_id, client_secret_sealed)
     SELECT id, name, client_secret_sealed FROM providers, oauth2_providers bench
     WHERE name LIKE 'app-%' AND bench.client_id = $1`,
    [benchClient.id],
  );
  await client.query(
    `INSERT INTO redirect_uris (id, provider_id, url)
     SELECT gen_random_uuid(), id, 'https://' || name || '.example.com/callback' FROM providers WHERE name LIKE 'app-%'`,
  );
  await client.query(
    `INSERT INTO provider_scope_mappings (provider_id, scope_mapping_id)
     SELECT providers.id, scope_mappings.id FROM providers, scope_mappings WHERE providers.name LIKE 'app-%' AND managed IS NOT NULL`,
  );
  await client.query(
    `INSERT INTO access_bindings (id, application_id, group_id) SELECT gen_random_uuid(), applications.id, groups.id
     FROM applications, groups WHERE slug LIKE 'app-%' AND groups.name IN ('group-1', 'group-2')`,
  );
}
