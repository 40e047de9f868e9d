// How an artefact is written down, in either store.
import { sha256Hex } from '../../../platform/crypto/digest.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';

/** What an artefact is looked up by; the model belongs to it, so that a code is never found as a token. */
export function artefactKey(model: string, id: string): string {
  return sha256Hex(`${model}:${id}`);
}

export function sealPayload(vault: Vault, payload: Readonly<Record<string, unknown>>): string {
  return vault.seal(JSON.stringify(payload));
}

export function openPayload(vault: Vault, sealed: string): Record<string, unknown> {
  return JSON.parse(vault.open(sealed)) as Record<string, unknown>;
}
