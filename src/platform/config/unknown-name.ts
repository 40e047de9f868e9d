// Names that look like settings and are none: ours are probably misspelt, authentik's have no counterpart.
import { closestMatch } from 'leven';
import { AUTHENTIK_PREFIX } from './authentik.ts';
import type { Setting } from './setting.ts';

const PREFIX = 'GATELODGE_';
const MOST_TYPOS = 4;
// Kubernetes and Docker links put these into every container beside a service that is called "gatelodge".
const SERVICE_DISCOVERY = /^GATELODGE_(?:[A-Z_]*_)?(?:SERVICE_(?:HOST|PORT)|PORT)(?:_\w+)?$/;

/** One sentence for each unknown GATELODGE_ name, and one for all of authentik's that have no meaning here. */
export function describeUnknownNames(settings: readonly Setting[], environment: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(environment).sort();
  const known = settings.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name]));
  const misspelt = names.filter(
    (name) => name.startsWith(PREFIX) && !known.includes(name) && !SERVICE_DISCOVERY.test(name),
  );
  const foreign = names.filter((name) => name.startsWith(AUTHENTIK_PREFIX) && !isAlias(name, settings));
  return [
    ...misspelt.map((name) => `${name} is not a setting and changes nothing.${suggestion(name, known)}`),
    ...(foreign.length > 0
      ? [`Settings of authentik without a counterpart here are ignored: ${foreign.join(', ')}.`]
      : []),
  ];
}

function suggestion(name: string, known: readonly string[]): string {
  const bare = name.slice(PREFIX.length);
  const meant = known.find((each) => each === bare) ?? closestMatch(name, known, { maxDistance: MOST_TYPOS });
  return meant ? ` Did you mean ${meant}?` : '';
}

function isAlias(name: string, settings: readonly Setting[]): boolean {
  return settings.some(({ alias }) =>
    typeof alias === 'object' ? alias.parts.some((part) => alias.prefix + part === name) : alias === name,
  );
}
