// A request that may pass, on its way to the application, and where that is: the upstream of its route, or the one that
// the person's own attributes name, or expressions compute (authentik's backend_override and host_header).
import type { OutpostSession } from '../decision.ts';
import type { Visit } from '../dialects.ts';
import type { Upstream } from '../routing-table.ts';

export interface Passage extends Visit {
  /** The headers that tell the application who is asking: names and values in turn. */
  readonly headers: readonly string[];
  /** Undefined where anybody may pass. */
  readonly session: OutpostSession | undefined;
}

export interface Destination {
  /** Scheme, host and port to connect to. */
  readonly url: URL;
  /** The Host header: the one that the browser named, unless an attribute says otherwise. */
  readonly host: string;
  readonly isVerified: boolean;
}

/** Where the request goes; undefined when that is no http(s) address, or could not be computed. */
export function destinationOf(passage: Passage, upstream: Upstream): Destination | undefined {
  const { isVerified, backendAttribute, hostAttribute } = upstream;
  const override = passage.session?.override;
  if (override === 'faulty') return undefined;
  const url = URL.parse(override?.backend ?? attributeOf(passage, backendAttribute) ?? upstream.origin);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined;
  const host = override?.host ?? attributeOf(passage, hostAttribute) ?? passage.original.authority;
  return { url, host, isVerified };
}

function attributeOf({ session }: Passage, name: string): string | undefined {
  const value = name === '' ? undefined : session?.identity.attributes[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
