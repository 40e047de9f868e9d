// The domain whose hosts share one cookie. Browsers drop a cookie for a public suffix (RFC 6265 §5.3 step 5): below `co.uk`
// or `github.io` anybody may have a host, who would be sent everybody's session. A name of one word is none to them either,
// whatever the list says; two words below a top level that nobody has registered (`home.lab`) are as good as `example.com`.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { parse } from 'tldts';
import { z } from 'zod';

const LABEL = '[a-z\\d](?:[a-z\\d-]*[a-z\\d])?';
const DOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

/** Empty for none. A leading dot, as older configurations have it, means the same as none. */
export const cookieDomain = z
  .string()
  .trim()
  .transform((domain) => domainToASCII(domain) || domain.toLowerCase())
  .transform((domain) => domain.replace(/^\./, ''))
  .superRefine((domain, context) => {
    const fault = domain === '' ? undefined : faultOf(domain);
    if (fault === undefined) return;
    const message = `admin.proxy.errors.${fault}`;
    context.addIssue({ code: 'custom', message, params: { domain }, input: domain });
  });

/** What keeps browsers from keeping its cookie, for certain. */
function faultOf(domain: string): string | undefined {
  if (!DOMAIN.test(domain) || isIP(domain) !== 0) return 'domain';
  const { publicSuffix, isIcann, isPrivate } = parse(domain, { allowPrivateDomains: true });
  if (publicSuffix === domain && (isIcann || isPrivate)) return 'domainPublic';
  return domain.includes('.') ? undefined : 'domainOneWord';
}
