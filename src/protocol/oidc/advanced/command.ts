// `gatelodge provider set …`: what only some clients need, as on the page of that name.
import { Command, Option } from 'commander';
import { recordCommand } from '../../../operation/cli/audit.ts';
import { type OutputOptions, printDone } from '../../../operation/cli/output.ts';
import type { Shell } from '../../../operation/cli/terminal.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import { given } from '../../../platform/database/columns.ts';
import type { Db } from '../../../platform/database/database.ts';
import { ConsentMode, IssuerMode, SubjectMode } from '../../../platform/database/generated/enums.ts';
import { InvalidInput } from '../../../platform/problem/problem.ts';
import { parseDuration } from '../../provider/duration.ts';
import { getClientNamed, updateOAuth2Provider } from '../client.ts';
import { clientKeys, GRANT_TYPES, type OAuth2ProviderPatch } from '../client-fields.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../signing-algorithm.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
}

interface SetOptions extends OutputOptions {
  readonly grantType?: (typeof GRANT_TYPES)[number][];
  readonly requirePkce?: boolean;
  readonly jwksStdin?: boolean;
  readonly jwksUri?: string;
  readonly algorithm?: SigningAlgorithm;
  readonly subMode?: SubjectMode;
  readonly issuerMode?: IssuerMode;
  readonly consent?: ConsentMode;
  readonly consentValidity?: string;
  readonly accessCodeValidity?: string;
  readonly accessTokenValidity?: string;
  readonly refreshTokenValidity?: string;
  readonly logoutUri?: string;
  readonly logoutMethod?: 'backchannel' | 'frontchannel';
}

const DURATION = 'for example hours=1;minutes=30';

export function setProviderCommand({ terminal, open }: Shell<Needs>): Command {
  return new Command('set')
    .description('change settings of an OpenID Connect client; what is not named stays')
    .argument('<provider>', 'id of the provider, or slug of its application')
    .addOption(new Option('--grant-type <type...>', 'all that it may use').choices(GRANT_TYPES))
    .option('--require-pkce', 'refuse requests without PKCE (public clients always need it)')
    .option('--no-require-pkce', 'let a client with a secret do without PKCE')
    .option('--jwks-stdin', 'read its public keys (a JWK set) from standard input; {} takes them away')
    .option('--jwks-uri <url>', 'where its public keys are; "" for nowhere')
    .addOption(
      new Option('--algorithm <name>', 'what its tokens are signed with').choices(SIGNING_ALGORITHMS),
    )
    .addOption(new Option('--sub-mode <mode>', 'what it knows people by').choices(Object.values(SubjectMode)))
    .addOption(
      new Option('--issuer-mode <mode>', 'its own issuer, or ours').choices(Object.values(IssuerMode)),
    )
    .addOption(new Option('--consent <mode>', 'whether people are asked').choices(Object.values(ConsentMode)))
    .option('--consent-validity <duration>', `how long an answer is remembered, ${DURATION}; "" for ever`)
    .option('--access-code-validity <duration>', DURATION)
    .option('--access-token-validity <duration>', DURATION)
    .option('--refresh-token-validity <duration>', DURATION)
    .option('--logout-uri <url>', 'where it is told of sign-outs; "" for nowhere')
    .addOption(
      new Option('--logout-method <method>', 'how it is told').choices(['backchannel', 'frontchannel']),
    )
    .option('--json', 'print JSON')
    .action(async (name: string, options: SetOptions) => {
      const { db, changes, vault } = await open();
      const { providerId } = await getClientNamed(db, name);
      const keys = options.jwksStdin ? keysFrom(await terminal.readInput()) : undefined;
      const patch = given({ ...patchOf(options), jwks: keys });
      const client = await updateOAuth2Provider(db, changes, vault, providerId, patch);
      const pk = client.providerId;
      const model = { app: 'protocol.oidc', model_name: 'oauth2provider', pk, name: client.provider.name };
      await recordCommand(db, 'model_updated', model, { settings: Object.keys(patch) });
      printDone(terminal, `Saved ${client.provider.name}.`, { pk, settings: Object.keys(patch) }, options);
    });
}

function patchOf(options: SetOptions): OAuth2ProviderPatch {
  const { accessCodeValidity, accessTokenValidity, refreshTokenValidity, consentValidity } = options;
  return {
    grantTypes: options.grantType,
    isPkceRequired: options.requirePkce,
    jwksUri: options.jwksUri,
    signingAlgorithm: options.algorithm,
    subjectMode: options.subMode,
    issuerMode: options.issuerMode,
    consentMode: options.consent,
    consentValiditySeconds: consentValidity === '' ? null : seconds('consent-validity', consentValidity),
    accessCodeValiditySeconds: seconds('access-code-validity', accessCodeValidity),
    accessTokenValiditySeconds: seconds('access-token-validity', accessTokenValidity),
    refreshTokenValiditySeconds: seconds('refresh-token-validity', refreshTokenValidity),
    logoutUri: options.logoutUri,
    logoutMethod: options.logoutMethod,
  };
}

function seconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new InvalidInput({ [option]: [`Write it as ${DURATION}.`] });
  return parsed;
}

/** Null for none. */
function keysFrom(text: string): OAuth2ProviderPatch['jwks'] {
  if (/^\s*\{\s*\}\s*$/.test(text)) return null;
  try {
    return clientKeys.parse(JSON.parse(text));
  } catch (cause) {
    throw new InvalidInput({ jwks: ['This is not a set of public keys (RFC 7517).'] }, { cause });
  }
}
