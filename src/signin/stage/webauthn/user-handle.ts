// The user handle (WebAuthn Level 3 §14.6.1): which account a passkey is for, told to the authenticator and back. It is
// the user's UUID, so that it says nothing about the person and survives a change of name.

interface Owner {
  readonly uuid: string;
}

export function userHandleOf({ uuid }: Owner): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}

/** Whether a handle (base64url) is the owner's; a key that is asked for by its id need not send one. */
export function isHandleOf(owner: Owner, handle: string | undefined): boolean {
  return handle === undefined || Buffer.from(handle, 'base64url').equals(Buffer.from(userHandleOf(owner)));
}
