// Where to go after a sign-in: a path on our own origin, and nothing else (CWE-601). The address is parsed as a browser
// would and written out again, so what is checked is what is sent.

const MAXIMUM_LENGTH = 4096;
/** Any base does: a path that leaves it would also leave ours. */
const BASE = 'http://same-origin.invalid';

/** The path, query and fragment when `address` stays on our origin; otherwise undefined. */
export function sameOriginPath(address: string | undefined): string | undefined {
  if (address === undefined || address.length > MAXIMUM_LENGTH || !address.startsWith('/')) return undefined;
  const url = URL.parse(address, BASE);
  if (url?.origin !== BASE) return undefined;
  const path = url.pathname + url.search + url.hash;
  // "/x/..//evil.test" is on our origin until a browser resolves what became of it: "//evil.test".
  return path.startsWith('//') ? undefined : path;
}
