// What was wrong with a client's request, in the terms of the administrator who has to put it right.

export const FAULT_KINDS = [
  'redirect_uri',
  'secret',
  'client_authentication',
  'clock',
  'pkce',
  'scope',
  'code',
  'grant_type',
  'request',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** An error of the protocol, as oidc-provider throws it. */
export interface ProtocolError {
  /** RFC 6749 error code. */
  readonly error: string;
  readonly error_description?: string | undefined;
  /** What is not told to the client. */
  readonly error_detail?: string | undefined;
}

/** The first row that fits counts. What is no row happens in ordinary operation: a lapsed session, a refusal. */
// biome-ignore format: a table
const KINDS: readonly (readonly [error: string, words: RegExp, kind: FaultKind])[] = [
  ['invalid_redirect_uri',      /^/,                                           'redirect_uri'],
  ['invalid_grant',             /redirect_uri mismatch/,                       'redirect_uri'],
  ['invalid_request',           /PKCE|code_challenge|code_verifier/,           'pkce'],
  ['invalid_grant',             /PKCE|code_challenge|code_verifier/,           'pkce'],
  ['invalid_client',            /jwt expired|issued in the future|not active/, 'clock'],
  ['invalid_client',            /invalid secret/,                              'secret'],
  ['invalid_client',            /^/,                                           'client_authentication'],
  ['invalid_scope',             /^/,                                           'scope'],
  ['invalid_grant',             /authorization code/,                          'code'],
  ['unauthorized_client',       /^/,                                           'grant_type'],
  ['unsupported_grant_type',    /^/,                                           'grant_type'],
  ['unsupported_response_type', /^/,                                           'grant_type'],
  ['invalid_request',           /^/,                                           'request'],
];

/** Undefined for what is nobody's fault. */
export function faultKindOf(fault: ProtocolError): FaultKind | undefined {
  const words = wordsOf(fault);
  return KINDS.find(([error, pattern]) => error === fault.error && pattern.test(words))?.[2];
}

/** What the protocol says of it, in one line. */
export function wordsOf({ error_description: description, error_detail: detail }: ProtocolError): string {
  return [description, detail].filter(Boolean).join(': ');
}
