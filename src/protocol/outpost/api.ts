// /api/v3/providers/proxy/: for administrators.
import { z } from 'zod';
import { recorder } from '../../identity/event/recorder.ts';
import type { Vault } from '../../platform/crypto/vault.ts';
import type { Publisher } from '../../platform/database/changes.ts';
import type { PrismaClient } from '../../platform/database/generated/client.ts';
import { int32, text } from '../../platform/problem/field.ts';
import type { Operation } from '../../platform/rest/operation.ts';
import { resource } from '../../platform/rest/resource.ts';
import { deleteProvider } from '../provider/provider.ts';
import {
  createProxyProvider,
  getProxyProvider,
  listProxyProviders,
  type ProxyProvider,
  updateProxyProvider,
} from './provider/proxy-provider.ts';
import {
  proxyProviderFields,
  proxyProviderInput,
  proxyProviderShape,
  representProxyProvider,
} from './provider/representation.ts';

interface Needs {
  readonly db: PrismaClient;
  readonly changes: Publisher;
  readonly vault: Vault;
}

const key = z.object({ id: int32 });
const filters = z.object({
  name__iexact: text.optional(),
  external_host__iexact: text.optional(),
});

export function proxyProviderApi({ db, changes, vault }: Needs): Operation[] {
  const write = recorder({ db, changes }, modelOf);
  return resource({
    path: 'providers/proxy',
    name: 'ProxyProvider',
    key,
    shape: proxyProviderShape,
    fields: proxyProviderFields,
    filters,
    ordering: { pk: 'providerId', external_host: 'externalHost' },

    list: async ({ query, search, orderBy, skip, take }) => {
      const { name__iexact: name, external_host__iexact: externalHost } = query;
      const equal = (value: string) => ({ equals: value, mode: 'insensitive' as const });
      const where = {
        ...(externalHost !== undefined && { externalHost: equal(externalHost) }),
        provider: {
          name: name === undefined ? { contains: search, mode: 'insensitive' as const } : equal(name),
        },
      };
      const page = await listProxyProviders(db, { where, orderBy, skip, take });
      return { ...page, results: page.results.map(representProxyProvider) };
    },
    get: async ({ parameters }) => representProxyProvider(await getProxyProvider(db, parameters.id)),
    create: async ({ ctx, body }) => {
      const { name, external_host: externalHost } = body;
      const input = { ...proxyProviderInput(body), name, externalHost };
      const provider = await write(ctx, 'model_created', (tx, publisher) =>
        createProxyProvider(tx, publisher, vault, input),
      );
      return representProxyProvider(provider);
    },
    update: async ({ ctx, parameters, body }) => {
      const patch = { ...proxyProviderInput(body), name: body.name };
      const provider = await write(ctx, 'model_updated', (tx, publisher) =>
        updateProxyProvider(tx, publisher, parameters.id, patch),
      );
      return representProxyProvider(provider);
    },
    delete: async ({ ctx, parameters }) => {
      await write(ctx, 'model_deleted', async (tx, publisher) => {
        const provider = await getProxyProvider(tx, parameters.id);
        await deleteProvider(tx, publisher, parameters.id);
        return provider;
      });
    },
  });
}

function modelOf({ providerId, provider }: ProxyProvider) {
  return { app: 'protocol.outpost', model_name: 'proxyprovider', pk: providerId, name: provider.name };
}
