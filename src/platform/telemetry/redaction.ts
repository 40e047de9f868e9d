// Keeps secrets out of the log. It works on the written line, which nothing escapes: not what a child carries, not what
// a library's error quotes. Hidden are values under telling names, at any depth, and telling patterns in any text.

const HIDDEN = '(hidden)';

const TELLING_NAMES = new Set(['authorization', 'proxyauthorization', 'cookie', 'setcookie', 'code', 'otp']);
const TELLING_PARTS = /password|passphrase|secret|token|verifier|usercode|devicecode|apikey|privatekey/;

const TELLING_TEXTS: readonly RegExp[] = [
  // A parameter of a query, a fragment or a form, also of an address that is itself a parameter.
  /((?:[?&#;,\s"]|%3F|%26|^)(?:code|state|nonce|ticket|key|[a-z_]*(?:code|password|token|secret|verifier)[a-z_]*)(?:=|%3D))(?:[^&\s"#;%]|%(?!26))+/gi,
  /(\b(?:Bearer|Basic|DPoP)\s+)[\w.~+/=-]{8,}/gi,
  /(\b(?:__Host-|__Secure-)?(?:gatelodge|authentik)_\w+=)[^;\s"]+/gi,
  // The password in an address: postgresql://user:password@host.
  /(\b[a-z][a-z\d+.-]*:\/\/[^\s:/@"]*:)[^\s@/"]+(?=@)/gi,
];

/** The same line of JSON with everything that is, or looks like, a secret hidden. */
export function withoutSecrets(line: string): string {
  return `${JSON.stringify(JSON.parse(line, hideSecret))}\n`;
}

function hideSecret(this: object, name: string, value: unknown): unknown {
  if (isTelling(name) && !mayStay(this, name, value)) return HIDDEN;
  if (typeof value !== 'string') return value;
  return TELLING_TEXTS.reduce((text, pattern) => text.replace(pattern, `$1${HIDDEN}`), value);
}

function isTelling(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_]/g, '');
  return TELLING_NAMES.has(plain) || TELLING_PARTS.test(plain);
}

// Whether there is a secret is none. The code of an error (ECONNREFUSED, P2002) is harmless, and needed.
function mayStay(holder: object, name: string, value: unknown): boolean {
  return value === null || typeof value === 'boolean' || (name === 'code' && 'stack' in holder);
}
