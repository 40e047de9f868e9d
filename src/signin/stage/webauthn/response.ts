// What the browser's script sends back, as a field of a form: JSON that is not to be trusted (WebAuthn Level 3 §5.1,
// "toJSON"). Here only its shape is checked; everything else is for the ceremonies.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { z } from 'zod';

const MAXIMUM_LENGTH = 65_536;

const json = z
  .string()
  .max(MAXIMUM_LENGTH)
  .transform((text, issues) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      issues.addIssue({ code: 'custom', message: 'signin.webauthn.refused' });
      return z.NEVER;
    }
  });

const refused = { error: 'signin.webauthn.refused' };
const credential = z.object({ id: z.string(), rawId: z.string(), type: z.literal('public-key') });

/** The field that carries a key's answer to a challenge. */
export const assertionResponse = json.pipe(
  z.custom<AuthenticationResponseJSON>((given) => assertion.safeParse(given).success, refused),
);
const assertion = credential.extend({
  response: z.object({
    clientDataJSON: z.string(),
    authenticatorData: z.string(),
    signature: z.string(),
    userHandle: z.string().optional(),
  }),
  clientExtensionResults: z.object({}),
});

/** The field that carries a new key. */
export const registrationResponse = json.pipe(
  z.custom<RegistrationResponseJSON>((given) => registration.safeParse(given).success, refused),
);
const registration = credential.extend({
  response: z.object({
    clientDataJSON: z.string(),
    attestationObject: z.string(),
    transports: z.array(z.string().max(32)).max(16).optional(),
  }),
  clientExtensionResults: z.object({ credProps: z.object({ rk: z.boolean().optional() }).optional() }),
});

const clientData = z.object({ challenge: z.string() });

/** The challenge that the browser says it has answered; whether it is one of ours is for the caller to find out. */
export function challengeOf(clientDataJSON: string): string | undefined {
  try {
    const text = Buffer.from(clientDataJSON, 'base64url').toString('utf8');
    return clientData.safeParse(JSON.parse(text)).data?.challenge;
  } catch {
    return undefined;
  }
}
