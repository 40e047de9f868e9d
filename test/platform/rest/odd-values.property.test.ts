// Whatever stands in an address of the API is the caller's mistake at worst, never ours: every parameter that the OpenAPI
// document names is given values that no column holds and no type allows.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED } from '../../support/backends.ts';
import { API_TOKEN, type Gatelodge, startGatelodge } from '../../support/gatelodge.ts';

interface Parameter {
  readonly in: 'path' | 'query';
  readonly name: string;
}

interface Document {
  readonly paths: Record<string, Record<string, { readonly parameters?: readonly Parameter[] }>>;
}

const ODD_VALUES: readonly (readonly [name: string, value: string])[] = [
  ['a number beyond 32 bits', '99999999999'],
  ['a number beyond 64 bits', '1e300'],
  ['a number below zero', '-1'],
  ['a word', 'NaN'],
  ['nothing', ''],
  ['NUL', '%00'],
  ['a picture', '%F0%9F%99%82'],
  ['a way up', '..%2F'],
  ['five thousand letters', 'a'.repeat(5000)],
];

describe('an operation of the API', () => {
  let gatelodge: Gatelodge;
  beforeAll(async () => {
    gatelodge = await startGatelodge(EMBEDDED);
  });
  afterAll(() => gatelodge?.stop());

  /** Every address that an operation without a body has, with the value in one of its places. */
  async function addressesWith(value: string): Promise<string[]> {
    const { body } = await gatelodge.api<Document>('GET', '/schema/?format=json');
    return Object.entries(body.paths).flatMap(([path, { get, delete: remove }]) => {
      const filled = path.replaceAll(/\{\w+\}/g, value);
      const parameters = get?.parameters ?? [];
      const queries = parameters.flatMap((one) => (one.in === 'query' ? [`?${one.name}=${value}`] : []));
      return [
        ...(get ? ['', ...queries].map((query) => `GET ${filled}${query}`) : []),
        ...(remove && filled !== path ? [`DELETE ${filled}`] : []),
      ];
    });
  }

  it.each(ODD_VALUES)('does not fail of %s', async (_name, value) => {
    const failed: string[] = [];
    const addresses = await addressesWith(value);
    expect(addresses.length).toBeGreaterThan(100);
    for (const address of addresses) {
      const [method = '', path = ''] = address.split(/ (.*)/s);
      const headers = { authorization: `Bearer ${API_TOKEN}` };
      const { status } = await fetch(gatelodge.origin + path, { method, headers });
      if (status >= 500) failed.push(`${status} ${address.slice(0, 200)}`);
    }
    expect(failed).toEqual([]);
  });
});
