// Where a person's requests go in proxy mode when an expression decides it (authentik's backend_override and host_header).
// It is evaluated when the session is read, not at every request. An expression that fails sends nobody anywhere: the
// address for everybody else may be just the one that this person must not come to.
import type { Logger } from 'pino';
import { recordEvent } from '../../../identity/event/event.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { Sandbox } from '../../provider/expression/sandbox.ts';
import type { Override } from '../decision.ts';
import type { ProxyRoute } from '../routing-table.ts';
import type { Person } from './identity.ts';

interface Needs {
  readonly db: Db;
  readonly sandbox: Sandbox;
  readonly log: Logger;
}

/** Every session that is read anew fails alike: one event a minute for each application tells as much. */
const SAME_FAULT_MS = 60_000;

type Value = { readonly ok: true; readonly value: string | undefined } | { readonly ok: false };

export class Overrides {
  readonly #needs: Needs;
  readonly #lastRecordedAt = new Map<string, number>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** What the application's expressions say of the person; undefined where it has none. */
  async find(route: ProxyRoute, person: Person): Promise<Override | undefined> {
    const { backendExpression = '', hostExpression = '' } = route.upstream ?? {};
    if (backendExpression === '' && hostExpression === '') return undefined;
    const [backend, host] = await Promise.all([
      this.#evaluate('backend_override', backendExpression, route, person),
      this.#evaluate('host_header', hostExpression, route, person),
    ]);
    return backend.ok && host.ok ? { backend: backend.value, host: host.value } : 'faulty';
  }

  async #evaluate(name: string, expression: string, route: ProxyRoute, person: Person): Promise<Value> {
    if (expression === '') return { ok: true, value: undefined };
    const evaluation = await this.#needs.sandbox.evaluate(expression, variablesOf(route, person));
    if (evaluation.ok && (evaluation.value === null || typeof evaluation.value === 'string')) {
      return { ok: true, value: evaluation.value || undefined };
    }
    const reason = evaluation.ok ? 'The result is neither text nor none.' : evaluation.reason;
    this.#record({ name, expression, reason }, route, person);
    return { ok: false };
  }

  #record(
    fault: { name: string; expression: string; reason: string },
    { slug, applicationName }: ProxyRoute,
    { userId, username }: Person,
    now = Date.now(),
  ): void {
    const key = `${slug} ${fault.name}`;
    if (now - (this.#lastRecordedAt.get(key) ?? 0) < SAME_FAULT_MS) return;
    this.#lastRecordedAt.set(key, now);
    recordEvent(this.#needs.db, {
      action: 'property_mapping_exception',
      source: 'protocol.outpost',
      ...{ userId, username },
      context: { application: applicationName, ...fault },
    }).catch((err: unknown) => this.#needs.log.error({ err }, 'an event could not be recorded'));
  }
}

function variablesOf({ slug, applicationName, clientId }: ProxyRoute, person: Person) {
  const { username, name, email, emailVerified, attributes } = person;
  const groups = person.groups.map((group) => group.name);
  return {
    user: { username, name, email, email_verified: emailVerified, groups, attributes },
    groups,
    application: { slug, name: applicationName, client_id: clientId },
    request: { scopes: [] },
  };
}
