// /api/v3 as a script uses it: a bearer token, JSON in, JSON out. Tests arrange their people and applications with it.

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Calls a path below `/api/v3/`; any refusal is thrown with its status and body. */
export type Api = (method: Method, path: string, body?: unknown) => Promise<Record<string, unknown>>;

export function apiOf(origin: string, token: string): Api {
  return async (method, path, body) => {
    const response = await fetch(`${origin}/api/v3/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return text ? JSON.parse(text) : {};
  };
}

interface Person {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** Names of groups; those that do not exist yet are made. */
  readonly groups?: readonly string[];
}

/** Creates a person who can sign in with the password; returns the id. */
export async function createPerson(api: Api, person: Person): Promise<number> {
  const { username, name, email, password, groups = [] } = person;
  const user = await api('POST', 'core/users/', { username, name, email });
  const id = Number(user.pk);
  await api('POST', `core/users/${id}/set_password/`, { password });
  for (const group of groups) {
    await api('POST', `core/groups/${await groupId(api, group)}/add_user/`, { pk: id });
  }
  return id;
}

/** Gives somebody an app password, with the identifier `<username>-app`. */
export async function createAppPassword(api: Api, username: string, key: string): Promise<void> {
  const { results } = await api('GET', `core/users/?username=${encodeURIComponent(username)}`);
  const [user] = results as { pk: number }[];
  const identifier = `${username}-app`;
  await api('POST', 'core/tokens/', { identifier, intent: 'app_password', user: user?.pk });
  await api('POST', `core/tokens/${identifier}/set_key/`, { key });
}

async function groupId(api: Api, name: string): Promise<string> {
  const known = await api('GET', `core/groups/?name=${encodeURIComponent(name)}`);
  const [first] = known.results as { pk: string }[];
  if (first) return first.pk;
  const created = await api('POST', 'core/groups/', { name });
  return String(created.pk);
}

interface OidcApplication {
  readonly name: string;
  readonly slug: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly signedOutUris?: readonly string[];
  readonly app?: Readonly<Record<string, unknown>>;
  readonly provider?: Readonly<Record<string, unknown>>;
}

/** Registers an application with its OpenID Connect provider in one call. */
export async function createOidcApplication(api: Api, application: OidcApplication): Promise<void> {
  const { name, slug, clientId, clientSecret, redirectUris, signedOutUris = [] } = application;
  const strict = (url: string) => ({ matching_mode: 'strict', url });
  await api('PUT', 'core/transactional/applications/', {
    app: { name, slug, ...application.app },
    provider_model: 'authentik_providers_oauth2.oauth2provider',
    provider: {
      name,
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [
        ...redirectUris.map(strict),
        ...signedOutUris.map((url) => ({ ...strict(url), redirect_uri_type: 'logout' })),
      ],
      ...application.provider,
    },
  });
}
