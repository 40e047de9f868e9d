// What groups and a user say about the user, merged into one object: what claims and extra headers are made from.
import type { Prisma } from '../../platform/database/generated/client.ts';

type Attributes = Prisma.JsonObject;

interface WithAttributes {
  readonly attributes: Prisma.JsonValue;
}

/**
 * Groups first, ordered by name, then the user: objects merge, lists are joined, and of anything else the last one
 * counts. (authentik's `group_attributes`.)
 */
export function effectiveAttributes(
  user: WithAttributes,
  groups: readonly (WithAttributes & { readonly name: string })[],
): Attributes {
  const byName = groups.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [...byName, user].reduce<Attributes>((merged, { attributes }) => {
    return isObject(attributes) ? mergeObjects(merged, attributes) : merged;
  }, {});
}

function mergeObjects(below: Attributes, above: Attributes): Attributes {
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  // Object.fromEntries defines own properties, so that an attribute named __proto__ stays an attribute.
  return Object.fromEntries([...keys].map((key) => [key, merge(own(below, key), own(above, key))]));
}

function merge(
  below: Prisma.JsonValue | undefined,
  above: Prisma.JsonValue | undefined,
): Prisma.JsonValue | undefined {
  if (above === undefined) return below;
  if (Array.isArray(below) && Array.isArray(above)) return [...below, ...above];
  if (isObject(below) && isObject(above)) return mergeObjects(below, above);
  return above;
}

function own(object: Attributes, key: string): Prisma.JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: Prisma.JsonValue | undefined): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
