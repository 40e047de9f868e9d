// Where a tile of the portal leads: the address that the administrator gave, with the person's data filled in, or else
// the best guess that the provider allows.
import type { Application } from './application.ts';

/** What may stand in a launch URL as `%(username)s` and so on. */
export interface LaunchPerson {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly uid: string;
}

/** The address for this person; undefined when nothing is known. */
export function launchUrlOf(application: Application, person: LaunchPerson): string | undefined {
  if (application.launchUrl !== '') return filledIn(application.launchUrl, person);
  const { proxy, oauth2 } = application.provider ?? {};
  if (proxy) return proxy.externalHost;
  return originOf(oauth2?.redirectUris[0]?.url);
}

/** Whether there is an address to lead anybody to. */
export function hasLaunchUrl(application: Application): boolean {
  return launchUrlOf(application, { username: 'x', name: 'x', email: 'x', uid: 'x' }) !== undefined;
}

/** Placeholders in authentik's spelling; encoded, so that a name can add neither a path nor a parameter. */
function filledIn(template: string, person: LaunchPerson): string {
  const { username, name, email, uid } = person;
  const values = new Map(Object.entries({ username, name, email, uid }));
  return template.replaceAll(/%\((\w+)\)s/g, (placeholder, field: string) => {
    const value = values.get(field);
    return value === undefined ? placeholder : encodeURIComponent(value);
  });
}

function originOf(redirectUri: string | undefined): string | undefined {
  if (redirectUri === undefined || !URL.canParse(redirectUri)) return undefined;
  const { protocol, origin } = new URL(redirectUri);
  return protocol === 'https:' || protocol === 'http:' ? `${origin}/` : undefined;
}
