// The flow table: rows are stages in the order in which they are walked, columns are flows, marks say which belongs to
// which. A new factor is a folder under signin/stage and a row here.
import type { PasswordHasher } from './platform/crypto/password-hash.ts';
import type { Vault } from './platform/crypto/vault.ts';
import type { Publisher } from './platform/database/changes.ts';
import type { PrismaClient } from './platform/database/generated/client.ts';
import type { Sql } from './platform/database/sql.ts';
import type { Post } from './platform/mail/post.ts';
import { farewellPath } from './protocol/oidc/logout/front-channel.ts';
import type { Flow, FlowTable, Stage } from './signin/flow/flow.ts';
import type { Sessions } from './signin/session/session.ts';
import { accountStage } from './signin/stage/account/stage.ts';
import { administratorStage } from './signin/stage/administrator/stage.ts';
import { consentStage } from './signin/stage/consent/stage.ts';
import { emailCodeStage } from './signin/stage/email-code/stage.ts';
import { emailConfirmationStage } from './signin/stage/email-confirmation/stage.ts';
import { emailEnrolmentStage } from './signin/stage/enrolment/email/stage.ts';
import { enrolmentStage } from './signin/stage/enrolment/stage.ts';
import { totpEnrolmentStage } from './signin/stage/enrolment/totp/stage.ts';
import { webauthnEnrolmentStage } from './signin/stage/enrolment/webauthn/stage.ts';
import { identificationStage } from './signin/stage/identification/stage.ts';
import { newPasswordStage } from './signin/stage/new-password/stage.ts';
import { passkeyStage } from './signin/stage/passkey/stage.ts';
import { passwordStage } from './signin/stage/password/stage.ts';
import { recoveryStage } from './signin/stage/recovery/stage.ts';
import { recoveryCodeStage } from './signin/stage/recovery-code/stage.ts';
import { recoveryCodesStage } from './signin/stage/recovery-codes/stage.ts';
import { recoveryLinkStage } from './signin/stage/recovery-link/stage.ts';
import { secondFactorStage } from './signin/stage/second-factor/stage.ts';
import { signOutStage } from './signin/stage/sign-out/stage.ts';
import { signedOutPage } from './signin/stage/sign-out/views.ts';
import { totpStage } from './signin/stage/totp/stage.ts';
import { webauthnStage } from './signin/stage/webauthn/stage.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly sql: Sql;
  readonly changes: Publisher;
  readonly vault: Vault;
  readonly passwords: PasswordHasher;
  readonly sessions: Sessions;
  readonly post: Post;
}

const COLUMNS: readonly Omit<Flow, 'stages'>[] = [
  { slug: 'initial-setup', end: '/if/admin/' },
  { slug: 'default-authentication-flow', end: '/if/user/' },
  { slug: 'default-invalidation-flow', end: signedOutPage },
  { slug: 'default-recovery-flow', end: '/if/user/', notice: 'signin.newPassword.done' },
  { slug: 'default-enrollment-flow', end: '/if/user/', notice: 'signin.account.done' },
  { slug: 'default-email-confirmation-flow', end: '/if/user/profile/', notice: 'signin.confirmEmail.done' },
];

type Mark = '×' | '';
type Row = readonly [stage: Stage, ...marks: Mark[]];

/** Every flow by its slug. */
export function flowTable(needs: Needs): FlowTable {
  const { sql, vault } = needs;
  const farewell = (sessionId: string) => farewellPath(sql, vault, sessionId);
  const identification = identificationStage(needs);
  // biome-ignore format: a table
  const rows: readonly Row[] = [
    // stage                                     setUp signIn signOut recovery enrol email
    [administratorStage(needs),                  '×', '',  '',  '',  '',  '' ],
    [accountStage(needs),                        '',  '',  '',  '',  '×', '' ],
    [passkeyStage(needs, identification.show),   '',  '×', '',  '',  '',  '' ],
    [identification,                             '',  '×', '',  '',  '',  '' ],
    [passwordStage(needs),                       '',  '×', '',  '',  '',  '' ],
    [recoveryLinkStage(needs),                   '',  '',  '',  '×', '',  '' ],
    [recoveryStage(needs),                       '',  '',  '',  '×', '',  '' ],
    [secondFactorStage(needs),                   '',  '×', '',  '×', '×', '' ],
    [webauthnStage(needs),                       '',  '×', '',  '×', '×', '' ],
    [totpStage(needs),                           '',  '×', '',  '×', '×', '' ],
    [emailCodeStage(needs),                      '',  '×', '',  '×', '×', '' ],
    [recoveryCodeStage(needs),                   '',  '×', '',  '×', '×', '' ],
    [newPasswordStage(needs),                    '',  '',  '',  '×', '',  '' ],
    [enrolmentStage(needs),                      '',  '×', '',  '×', '×', '' ],
    [totpEnrolmentStage(needs),                  '',  '×', '',  '×', '×', '' ],
    [webauthnEnrolmentStage(needs),              '',  '×', '',  '×', '×', '' ],
    [emailEnrolmentStage(needs),                 '',  '×', '',  '×', '×', '' ],
    [recoveryCodesStage(needs),                  '',  '×', '',  '×', '×', '' ],
    [consentStage(needs),                        '',  '×', '',  '',  '',  '' ],
    [signOutStage({ ...needs, farewell }),       '',  '',  '×', '',  '',  '' ],
    [emailConfirmationStage(needs),              '',  '',  '',  '',  '',  '×'],
  ];
  const flows = COLUMNS.map(({ slug, end, notice }, column): Flow => {
    const stages = rows.filter(([, ...marks]) => marks[column] === '×').map(([stage]) => stage);
    return { slug, stages, end, notice };
  });
  return new Map(flows.map((flow) => [flow.slug, flow]));
}
