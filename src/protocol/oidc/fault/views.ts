// What went wrong with a client, and the remedy, for administrators.
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import type { OAuth2Provider } from '../client.ts';

interface Named {
  readonly name: string;
  readonly slug: string;
}

/** "Is this address the service's own?" Anybody can send a request that fails with any address. */
export function addRedirectUriPage(
  t: Translate,
  { name, slug }: Named,
  { redirectUris }: OAuth2Provider,
  sent: string,
): Page {
  const registered = redirectUris.filter(({ purpose }) => purpose === 'authorization').map(({ url }) => url);
  const origins = new Set(registered.map(originOf));
  return page('oidc/add-redirect-uri', t('admin.faults.addTitle', { name }), {
    name,
    sent,
    registered,
    isElsewhere: registered.length > 0 && !origins.has(originOf(sent)),
    detailPath: `/if/admin/applications/${slug}/`,
  });
}

/** Scheme, host and port; of addresses without a host, the scheme. */
function originOf(address: string): string | undefined {
  const url = URL.parse(address);
  return url === null || url.origin !== 'null' ? url?.origin : url.protocol;
}
