// Debian's Apache with mod_auth_openidc: a relying party that nobody here wrote. It protects /private/ for everyone
// who signs in and /family/ for the group "family"; both pages print the claims that the module was told.
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from './free-port.ts';
import { startServerProcess } from './server-process.ts';

const APACHE = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';
const LOADED = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'include', 'auth_openidc'];
const CLAIMS = ['sub', 'preferred_username', 'name', 'email', 'email_verified', 'groups'];

export const hasApache: boolean = existsSync(APACHE) && existsSync(`${MODULES}/mod_auth_openidc.so`);

export interface RelyingParty {
  /** Discovery document of the application. */
  readonly metadataUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ProtectedSite {
  readonly origin: string;
  readonly redirectUri: string;
  /** Where Apache asks us to return to after signing out. */
  readonly signedOutUrl: string;
  /** Ends the session at Apache, then at the identity provider. */
  readonly signOutUrl: string;
  errorLog(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the site; the application may be registered afterwards, its metadata is read at the first visit. */
export async function startApache(party: RelyingParty): Promise<ProtectedSite> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatelodge-apache-'));
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  await writePages(directory);
  await writeFile(path.join(directory, 'apache.conf'), configuration(directory, port, origin, party));
  const args = ['-f', path.join(directory, 'apache.conf'), '-D', 'FOREGROUND'];
  const apache = await startServerProcess(APACHE, args, () => fetch(`${origin}/signed-out.html`));
  const signedOutUrl = `${origin}/signed-out.html`;
  const redirectUri = `${origin}/private/redirect_uri`;
  return {
    origin,
    redirectUri,
    signedOutUrl,
    signOutUrl: `${redirectUri}?logout=${encodeURIComponent(signedOutUrl)}`,
    errorLog: () => readFile(path.join(directory, 'error.log'), 'utf8'),
    async stop() {
      await apache.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Server-side includes print the module's variables: the smallest page that shows what was received. */
async function writePages(directory: string): Promise<void> {
  const rows = CLAIMS.map(
    (name) => `<dt>${name}</dt><dd id="${name}"><!--#echo var="OIDC_CLAIM_${name}" --></dd>`,
  );
  const page = (heading: string, body = '') =>
    `<!doctype html><html lang="en"><title>${heading}</title><link rel="icon" href="data:,"><h1>${heading}</h1>${body}</html>\n`;
  const pages = {
    'private/index.html': page('Private page', `<dl>${rows.join('')}</dl>`),
    'family/index.html': page('Family page', `<dl>${rows.join('')}</dl>`),
    'signed-out.html': page('You have left Apache'),
  };
  await chmod(directory, 0o755);
  for (const [name, html] of Object.entries(pages)) {
    const file = path.join(directory, 'www', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, html);
  }
}

function configuration(directory: string, port: number, origin: string, party: RelyingParty): string {
  const asRoot = process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : '';
  return `
ServerRoot ${directory}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${directory}/apache.pid
ErrorLog ${directory}/error.log
LogLevel warn
${LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
${asRoot}
DefaultRuntimeDir ${directory}
Mutex pthread
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
DocumentRoot ${directory}/www
DirectoryIndex index.html
AddDefaultCharset utf-8
<Directory ${directory}/www>
  Options +IncludesNOEXEC
  ForceType text/html
  SetOutputFilter INCLUDES
  Require all granted
</Directory>

OIDCProviderMetadataURL ${party.metadataUrl}
OIDCClientID ${party.clientId}
OIDCClientSecret ${party.clientSecret}
OIDCRedirectURI ${origin}/private/redirect_uri
OIDCCryptoPassphrase only-for-this-test
OIDCScope "openid email profile groups"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
<Location /private/>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /family/>
  AuthType openid-connect
  Require claim groups:family
  AuthzSendForbiddenOnFailure On
</Location>
`;
}
