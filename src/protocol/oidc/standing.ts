// What stands behind a token at this moment: its person with their groups, whether they may open the application, and the
// session. Every token request asks; the answers are remembered for seconds and dropped at the change of any of them.
import { type Binding, decideAccess } from '../../identity/access/access.ts';
import { groupsOfUser } from '../../identity/group/membership.ts';
import { findUser } from '../../identity/user/user.ts';
import type { Changes } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { Recent } from '../../platform/database/recent.ts';
import type { LiveSession, Sessions } from '../../signin/session/session.ts';
import type { Person } from './claims.ts';
import type { OAuth2Provider } from './client.ts';

const MOST_KEPT = 4000;

type Application = NonNullable<OAuth2Provider['provider']['application']>;

interface Needs {
  readonly db: Db;
  readonly changes: Changes;
  readonly sessions: Sessions;
}

export class Standing {
  readonly #db: Db;
  readonly #sessions: Sessions;
  readonly #people: Recent<Person>;
  readonly #bindings: Recent<readonly Binding[]>;
  readonly #live: Recent<LiveSession>;

  constructor({ db, changes, sessions }: Needs) {
    this.#db = db;
    this.#sessions = sessions;
    this.#people = new Recent(changes, MOST_KEPT);
    this.#bindings = new Recent(changes, MOST_KEPT);
    this.#live = new Recent(changes, MOST_KEPT);
    changes.subscribe('user', ({ id }) => {
      this.#people.drop(String(id));
      this.#live.clear();
    });
    changes.subscribe('group', () => this.#people.clear());
    changes.subscribe('application', ({ id }) => this.#bindings.drop(id));
    changes.subscribe('session', ({ id }) => this.#live.drop(id));
  }

  /** The active user with their effective groups. */
  findPerson(userId: number): Promise<Person | undefined> {
    return this.#people.find(String(userId), async () => {
      const user = await findUser(this.#db, userId);
      return user?.isActive ? { user, groups: await groupsOfUser(this.#db, userId) } : undefined;
    });
  }

  /** Whether the person may open the application now. */
  async mayOpen({ user, groups }: Person, { id, policyEngineMode }: Application): Promise<boolean> {
    const bindings = await this.#bindings.find(id, () =>
      this.#db.accessBinding.findMany({ where: { applicationId: id } }),
    );
    const groupIds = groups.map((group) => group.id);
    return decideAccess({ bindings: bindings ?? [], policyEngineMode, userId: user.id, groupIds }).isAllowed;
  }

  /** Whether the single-sign-on session of that id counts. */
  async isSessionLive(id: string): Promise<boolean> {
    const session = await this.#live.find(id, () => this.#sessions.findById(id));
    return session !== undefined && session.expiresAt > new Date();
  }
}
