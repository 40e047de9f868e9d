// An application together with its proxy provider and the groups that may open it: what an administrator makes in one
// go, from a form or the command line. All of it comes to be, or nothing.
import { createBinding } from '../../../identity/access/binding.ts';
import {
  type Application,
  createApplication,
  updateApplication,
} from '../../../identity/application/application.ts';
import type { NewApplication } from '../../../identity/application/application-fields.ts';
import type { Vault } from '../../../platform/crypto/vault.ts';
import type { Publisher } from '../../../platform/database/changes.ts';
import type { Db } from '../../../platform/database/database.ts';
import { inTransaction } from '../../../platform/database/transaction.ts';
import { type FieldErrors, InvalidInput } from '../../../platform/problem/problem.ts';
import { validate } from '../../../platform/problem/validate.ts';
import {
  createProxyProvider,
  getProxyProvider,
  type ProxyProvider,
  updateProxyProvider,
} from '../provider/proxy-provider.ts';
import {
  type NewProxyProvider,
  newProxyProvider,
  type ProxyProviderPatch,
} from '../provider/proxy-provider-fields.ts';

export interface NewProxyApplication {
  readonly application: Omit<NewApplication, 'providerId'>;
  readonly provider: Omit<NewProxyProvider, 'name'>;
  /** Ids of the groups that may open it; none: everybody. */
  readonly groupIds: readonly string[];
}

/** Makes all three; throws InvalidInput with the fields of a form (`slug`, `external_host` …). */
export async function createProxyApplication(
  db: Db,
  changes: Publisher,
  vault: Vault,
  { application, provider, groupIds }: NewProxyApplication,
): Promise<{ application: Application; provider: ProxyProvider }> {
  return inTransaction(db, changes, async (tx, publisher) => {
    const { id, slug } = await createApplication(tx, publisher, application);
    const input = { ...provider, name: slug };
    const { providerId } = await createProxyProvider(tx, publisher, vault, input).catch(inFormFields);
    const connected = await updateApplication(tx, publisher, id, { providerId });
    for (const groupId of groupIds) await createBinding(tx, publisher, { applicationId: id, groupId });
    return { application: connected, provider: await getProxyProvider(tx, providerId) };
  });
}

/** Changes the given settings only; throws InvalidInput with the fields of a form. */
export function updateProxySettings(
  db: Db,
  changes: Publisher,
  providerId: number,
  patch: Omit<ProxyProviderPatch, 'name'>,
): Promise<ProxyProvider> {
  return updateProxyProvider(db, changes, providerId, patch).catch(inFormFields);
}

/** What is wrong with each setting, in the fields of a form; what they say together is judged when they are written. */
export function findFaultySettings(settings: Omit<NewProxyProvider, 'name'>): FieldErrors {
  try {
    validate(newProxyProvider, { ...settings, name: 'any' });
    return {};
  } catch (error) {
    if (error instanceof InvalidInput) return formFieldsOf(error);
    throw error;
  }
}

function inFormFields(error: unknown): never {
  if (!(error instanceof InvalidInput)) throw error;
  throw new InvalidInput(formFieldsOf(error), { cause: error });
}

/** The names that the rule uses for its fields, in the spelling of forms and of the API. */
function formFieldsOf({ fields }: InvalidInput): FieldErrors {
  return Object.fromEntries(Object.entries(fields).map(([name, messages]) => [snakeCase(name), messages]));
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
