// First-run set-up: whoever comes first makes the administrator. It is due until somebody has, and never again
// (CVE-2023-46249); createFirstAdministrator decides a race.
import { isSetUp } from '../../../identity/installation/installation.ts';
import { createFirstAdministrator } from '../../../identity/user/first-administrator.ts';
import { refuseWeakPassword } from '../../../identity/user/password-rules.ts';
import type { PasswordHasher } from '../../../platform/crypto/password-hash.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { validate } from '../../../platform/problem/validate.ts';
import type { Stage } from '../../flow/flow.ts';
import { identify, prove } from '../../flow/run.ts';
import { accountForm } from '../account/form.ts';
import { administratorPage } from './views.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly passwords: PasswordHasher;
}

export function administratorStage({ db, changes, passwords }: Needs): Stage {
  return {
    name: 'administrator',
    isDue: async () => !(await isSetUp(db)),
    show: administratorPage,
    async submit(run, given) {
      const { password_repeat: _, ...administrator } = validate(accountForm, given);
      await refuseWeakPassword(administrator.password, administrator);
      const result = await createFirstAdministrator(db, changes, passwords, administrator);
      // Whoever comes second has nothing to prove: the flow is over, and leads them to the sign-in.
      if (!result.ok) return;
      identify(run, administrator.username, result.user.id);
      prove(run, result.user.id, 'pwd');
    },
  };
}
