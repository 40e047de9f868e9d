// Taking a consent back takes back what was given out because of it: an application that may not look any more must not
// go on looking with the tokens that it has.
import { type ConsentKey, revokeConsent } from '../../../identity/access/consent.ts';
import type { Db } from '../../../platform/database/database.ts';
import type { ArtefactStore } from '../artefact/store.ts';
import { revokeGrantsOf } from './issued.ts';

interface Needs {
  readonly db: Db;
  readonly artefacts: ArtefactStore;
}

/** Returns how many authorizations ended with the consent; undefined when there was none. */
export async function withdrawConsent(needs: Needs, key: ConsentKey): Promise<number | undefined> {
  const { db } = needs;
  // The consent first, so that nothing new is given out meanwhile.
  if (!(await revokeConsent(db, key))) return undefined;
  const provider = await db.provider.findFirst({
    where: { application: { id: key.applicationId } },
    select: { oauth2: { select: { clientId: true } } },
  });
  const clientId = provider?.oauth2?.clientId;
  return clientId === undefined ? 0 : revokeGrantsOf(needs.artefacts, key.userId, clientId);
}
