// Changes that the routing table does not hold yet, and which of its routes they may concern.
import type { Prisma } from '../../../platform/database/generated/client.ts';
import type { ProxyRoute } from '../routing-table.ts';
import type { Touched } from './additional-name.ts';

/** As many as are read at once (route-reader.ts). Only imports bring more, and no query should name ids without bound. */
const MOST_IDS = 100;

export class UnreadChanges implements Touched {
  readonly providerIds = new Set<number>();
  readonly applicationIds = new Set<string>();
  /** Of people and groups it is not known yet whether their change matters. */
  readonly userIds = new Set<number>();
  readonly groupIds = new Set<string>();
  #isEverything = false;

  /** From now on every route may be another one. */
  addEverything(): void {
    this.#isEverything = true;
  }

  get isEverything(): boolean {
    return this.#isEverything || this.providerIds.size + this.applicationIds.size > MOST_IDS;
  }

  get hasApplications(): boolean {
    return this.providerIds.size + this.applicationIds.size > 0;
  }

  get hasPeople(): boolean {
    return this.userIds.size + this.groupIds.size > 0;
  }

  get areNone(): boolean {
    return !this.#isEverything && !this.hasApplications && !this.hasPeople;
  }

  /** Whose routes must be read: those that changed, and those that trust them, of which a route holds the client ids. */
  get where(): Prisma.ProxyProviderWhereInput {
    const [providerIds, applicationIds] = [[...this.providerIds], [...this.applicationIds]];
    return {
      OR: [
        { providerId: { in: providerIds } },
        { jwtFederationProviders: { hasSome: providerIds } },
        { provider: { application: { id: { in: applicationIds } } } },
      ],
    };
  }

  /** Whether the route may have gone, or moved to another provider, so that no reading would find it. */
  concern({ providerId, applicationId }: ProxyRoute): boolean {
    return this.providerIds.has(providerId) || this.applicationIds.has(applicationId);
  }
}
