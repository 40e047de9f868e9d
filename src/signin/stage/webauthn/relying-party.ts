// Who we are to passkeys: the host name of the browser-visible origin (WebAuthn Level 3 §4, "Relying Party Identifier").
// A passkey made for one host name never works for another: that is what makes it proof against phishing.

/** Shown by the browser while it asks. */
export const RP_NAME = 'Gatelodge';

export function rpIdOf(origin: string): string {
  return new URL(origin).hostname;
}
