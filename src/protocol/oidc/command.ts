// `gatelodge provider …`: what connects applications to us, OpenID Connect clients and proxies.
import { Command, Option } from 'commander';
import { inFormFields } from '../../operation/admin/oidc-application.ts';
import { endpointsOf } from '../../operation/admin/oidc-endpoints.ts';
import { recordCommand } from '../../operation/cli/audit.ts';
import { listingVerb, MAX_LISTED } from '../../operation/cli/listing-verb.ts';
import { type Columns, type OutputOptions, printDone, printOne } from '../../operation/cli/output.ts';
import type { Shell } from '../../operation/cli/terminal.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { Db } from '../../platform/database/database.ts';
import { NotFound } from '../../platform/problem/problem.ts';
import { listAdditionalNames } from '../outpost/provider/additional-name.ts';
import { findProxyProvider, type ProxyProvider } from '../outpost/provider/proxy-provider.ts';
import {
  renderSnippet,
  SNIPPET_KINDS,
  type SnippetKind,
  snippetKindsFor,
} from '../outpost/snippet/snippet.ts';
import { formatDuration } from '../provider/duration.ts';
import { listProviders, type Provider } from '../provider/provider.ts';
import {
  getAnyClientNamed,
  getClientNamed,
  getClientSecret,
  type OAuth2Provider,
  rotateClientSecret,
  updateOAuth2Provider,
} from './client.ts';

interface Needs {
  readonly db: Db;
  readonly changes: Publisher;
  readonly vault: Vault;
  readonly config: { readonly url?: string | undefined };
}

type ProviderShell = Shell<Needs>;

export function providerCommand(shell: ProviderShell): Command {
  return new Command('provider')
    .description('what connects applications: OpenID Connect clients and proxies')
    .addCommand(listVerb(shell))
    .addCommand(showVerb(shell))
    .addCommand(setRedirectUrisVerb(shell))
    .addCommand(secretVerb(shell));
}

const PROVIDER = 'id of the provider, or slug of its application';

const listed = ({ id, name, type, application }: Provider) => ({
  pk: id,
  name,
  type,
  assigned_application_slug: application?.slug ?? null,
});

const COLUMNS: Columns<ReturnType<typeof listed>> = {
  Id: (provider) => provider.pk,
  Name: (provider) => provider.name,
  Type: (provider) => provider.type,
  Application: (provider) => provider.assigned_application_slug,
};

function listVerb(shell: ProviderShell): Command {
  return listingVerb(shell, 'list providers', COLUMNS, async ({ db }) => {
    const { results } = await listProviders(db, { take: MAX_LISTED });
    return results.map(listed);
  });
}

interface ShowOptions extends OutputOptions {
  readonly snippet?: SnippetKind;
  readonly gatelodge?: string;
}

function showVerb({ terminal, open }: ProviderShell): Command {
  return new Command('show')
    .description('print what the service, or the proxy before it, is configured with, without the secret')
    .argument('<provider>', PROVIDER)
    .addOption(
      new Option('--snippet <proxy>', 'print the configuration of that proxy').choices(SNIPPET_KINDS),
    )
    .option('--gatelodge <host:port>', 'with --snippet: where the proxy reaches Gatelodge')
    .option('--json', 'print JSON')
    .action(async (name: string, options: ShowOptions) => {
      const { db, config } = await open();
      const proxied = await findProxyProvider(db, name);
      if (proxied && options.snippet) {
        const additionalNames = await listAdditionalNames(db);
        return terminal.print(snippetText(proxied, options.snippet, { ...options, additionalNames }));
      }
      if (proxied)
        return printOne(terminal, { ...shownProxied(proxied), ...issuerOf(proxied, config.url) }, options);
      const client = await getClientNamed(db, name);
      if (options.snippet) throw new NotFound(`${client.provider.name} is behind no proxy.`);
      printOne(terminal, { ...shown(client), ...addresses(client, config.url) }, options);
    });
}

/** The files after one another, each with its name above. */
function snippetText(
  provider: ProxyProvider,
  kind: SnippetKind,
  { gatelodge, json, additionalNames }: ShowOptions & { readonly additionalNames: readonly string[] },
): string {
  const surroundings = { additionalNames, ...(gatelodge !== undefined && { gatelodge }) };
  const parts = renderSnippet(kind, provider, surroundings);
  if (parts.length === 0) {
    const kinds = snippetKindsFor(provider).join(', ');
    throw new NotFound(`There is no configuration of ${kind} before proxy mode. There are: ${kinds}.`);
  }
  if (json) return JSON.stringify(parts, null, 2);
  return parts.map(({ text }) => text.trimEnd()).join('\n\n');
}

const shownProxied = (provider: ProxyProvider) => ({
  pk: provider.providerId,
  name: provider.provider.name,
  client_id: provider.provider.oauth2?.clientId ?? '',
  mode: provider.mode,
  external_host: provider.externalHost,
  internal_host: provider.internalHost,
  cookie_domain: provider.cookieDomain,
  skip_path_regex: provider.skipPathRegex,
  backend_override_attribute: provider.backendOverrideAttribute,
  backend_override_expression: provider.backendOverrideExpression,
  host_header_attribute: provider.hostHeaderAttribute,
  host_header_expression: provider.hostHeaderExpression,
  internal_host_ssl_validation: provider.internalHostSslValidation,
  remote_headers: provider.sendsRemoteHeaders,
  basic_auth_enabled: provider.basicAuthEnabled,
  intercept_header_auth: provider.interceptHeaderAuth,
  interactive_only: provider.interactiveOnly,
  jwt_federation_providers: provider.jwtFederationProviders.map(String),
  access_token_validity: formatDuration(provider.sessionValiditySeconds),
  snippets: snippetKindsFor(provider),
});

const shown = (client: OAuth2Provider) => ({
  pk: client.providerId,
  name: client.provider.name,
  client_type: client.clientType,
  client_id: client.clientId,
  redirect_uris: client.redirectUris.map(({ url }) => url),
  scopes: client.scopeMappings.map(({ scopeMapping }) => scopeMapping.scopeName),
  grant_types: client.grantTypes,
  pkce_required: client.isPkceRequired,
  signing_algorithm: client.signingAlgorithm,
  sub_mode: client.subjectMode,
  access_token_validity: formatDuration(client.accessTokenValiditySeconds),
  refresh_token_validity: formatDuration(client.refreshTokenValiditySeconds),
});

/** Without GATELODGE_URL only a browser's request would tell our own address: paths are shown then. */
function addresses({ provider, issuerMode }: OAuth2Provider, origin = '') {
  const slug = provider.application?.slug;
  if (slug === undefined) return {};
  const { issuer, discovery } = endpointsOf(origin, slug, issuerMode);
  return { issuer, discovery };
}

/** Of X-authentik-jwt, and where its keys are; without GATELODGE_URL paths again. */
function issuerOf({ provider }: ProxyProvider, origin = '') {
  const slug = provider.application?.slug;
  if (slug === undefined) return {};
  const { issuer, jwks } = endpointsOf(origin, slug, 'per_provider');
  return { issuer, jwks };
}

function setRedirectUrisVerb({ terminal, open }: ProviderShell): Command {
  return new Command('set-redirect-uris')
    .description('replace all redirect URIs by these exact ones')
    .argument('<provider>', PROVIDER)
    .argument('<uri...>')
    .option('--json', 'print JSON')
    .action(async (name: string, uris: readonly string[], options: OutputOptions) => {
      const { db, changes, vault } = await open();
      const { providerId } = await getClientNamed(db, name);
      const redirectUris = uris.map((url) => ({ url }));
      const client = await updateOAuth2Provider(db, changes, vault, providerId, { redirectUris }).catch(
        inFormFields,
      );
      await recordCommand(db, 'model_updated', modelOf(client), { redirect_uris: [...uris] });
      printDone(terminal, `Set the redirect URIs of ${client.provider.name}.`, shown(client), options);
    });
}

interface SecretOptions {
  readonly rotate?: boolean;
}

function secretVerb({ terminal, open }: ProviderShell): Command {
  return new Command('secret')
    .description('print the client secret')
    .argument('<provider>', PROVIDER)
    .option('--rotate', 'replace it by a new one first; the old one is refused from now on')
    .action(async (name: string, { rotate = false }: SecretOptions) => {
      const { db, changes, vault } = await open();
      const before = await getAnyClientNamed(db, name);
      const client = rotate ? await rotateClientSecret(db, changes, vault, before.providerId) : before;
      const secret = client.clientType === 'confidential' ? getClientSecret(vault, client) : undefined;
      if (secret === undefined)
        throw new NotFound(`${client.provider.name} is a public client: it has no secret.`);
      await recordCommand(db, rotate ? 'secret_rotate' : 'secret_view', modelOf(client));
      terminal.print(secret);
    });
}

const modelOf = ({ providerId, provider }: OAuth2Provider) => ({
  ...(provider.type === 'proxy'
    ? { app: 'protocol.outpost', model_name: 'proxyprovider' }
    : { app: 'protocol.oidc', model_name: 'oauth2provider' }),
  pk: providerId,
  name: provider.name,
});
