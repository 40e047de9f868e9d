// A proxy configured with nothing but the snippets that Gatelodge prints for its applications, one for each host, as an
// administrator would paste them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  renderSnippet,
  type SnippetKind,
  type SnippetPart,
} from '../../src/protocol/outpost/snippet/snippet.ts';
import { findFreePort } from './free-port.ts';
import { startServerProcess } from './server-process.ts';

export interface Fronted {
  /** Origins of Gatelodge and of the application, as the proxy reaches them. */
  readonly gatelodge: string;
  readonly application: string;
  /** Those of hosts that have an application of their own. */
  readonly applications?: Readonly<Record<string, string>>;
  /** Origins of the hosts that the proxy serves. */
  readonly hosts: readonly string[];
  /** Headers that some people are given. */
  readonly additionalNames?: readonly string[];
  /** What some of the hosts are told besides. */
  readonly providers?: Readonly<Record<string, Told>>;
  /** Whether Gatelodge passes the requests on itself. */
  readonly isDirect?: boolean;
}

interface Told {
  readonly sendsRemoteHeaders?: boolean;
  readonly basicAuthEnabled?: boolean;
}

export interface Front {
  readonly origin: string;
  stop(): Promise<void>;
}

export interface Place {
  readonly directory: string;
  readonly port: number;
}

export const applicationOf = ({ application, applications = {} }: Fronted, host: string) =>
  applications[host] ?? application;

/** The rendered parts for each host. */
export function render(kind: SnippetKind, fronted: Fronted, place: Place) {
  const { gatelodge, hosts, isDirect, additionalNames = [], providers = {} } = fronted;
  return hosts.map((externalHost): SnippetPart[] => {
    const slug = new URL(externalHost).hostname.replaceAll('.', '-');
    const provider = {
      mode: isDirect ? ('proxy' as const) : ('forward_single' as const),
      externalHost,
      internalHost: applicationOf(fronted, externalHost),
      cookieDomain: '',
      sendsRemoteHeaders: false,
      basicAuthEnabled: false,
      ...providers[externalHost],
      provider: { name: slug, application: { slug, name: slug } },
    };
    const { directory, port } = place;
    const surroundings = {
      gatelodge: new URL(gatelodge).host,
      listen: `127.0.0.1:${port}`,
      ...{ directory, additionalNames },
    };
    return renderSnippet(kind, provider, surroundings);
  });
}

/** One of the parts; empty where the snippet has no such file. */
export const textOf = (parts: readonly SnippetPart[], file: string) =>
  parts.find((part) => part.file === file)?.text ?? '';

/** Starts it with these files; resolves when it answers `/front-is-up`. */
export async function startFront(
  file: string,
  args: (place: Place) => string[],
  configure: (place: Place) => Readonly<Record<string, string>>,
): Promise<Front> {
  const place = {
    directory: await mkdtemp(path.join(tmpdir(), 'gatelodge-front-')),
    port: await findFreePort(),
  };
  for (const [name, text] of Object.entries(configure(place))) {
    await writeFile(path.join(place.directory, name), text);
  }
  const origin = `http://127.0.0.1:${place.port}`;
  const server = await startServerProcess(file, args(place), () => untilUp(origin), {});
  return {
    origin,
    async stop() {
      await server.stop();
      await rm(place.directory, { recursive: true, force: true });
    },
  };
}

async function untilUp(origin: string): Promise<void> {
  const { ok, status } = await fetch(`${origin}/front-is-up`);
  if (!ok) throw new Error(`It answers ${status}`);
}
