// Traefik, built from its published Go module, with nothing for its applications but the snippets that Gatelodge prints:
// files for its file provider, or labels that its Docker provider reads.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { startDockerEngine } from './docker-engine.ts';
import { type Front, type Fronted, type Place, render, startFront, textOf } from './front.ts';

const TRAEFIK = path.resolve(import.meta.dirname, '../applications/traefik/bin/traefik');

/** Whether scripts/test-packages has built it. */
export const hasTraefik: boolean = existsSync(TRAEFIK);

const UP = 'Path(`/front-is-up`)';

/** Its entry point believes us, as one does that stands behind another proxy. */
const argumentsAt = ({ port }: Place, provider: string) => [
  `--entryPoints.web.address=127.0.0.1:${port}`,
  '--entryPoints.web.forwardedHeaders.trustedIPs=127.0.0.1/32',
  ...['--ping=true', '--ping.manualRouting=true', '--log.level=ERROR'],
  ...['--global.checkNewVersion=false', '--global.sendAnonymousUsage=false', provider],
];

export function startTraefikFiles(fronted: Fronted): Promise<Front> {
  const args = (place: Place) => argumentsAt(place, `--providers.file.directory=${place.directory}`);
  return startFront(TRAEFIK, args, (place) => ({
    ...Object.fromEntries(
      render('traefik-file', fronted, place).map((parts, index) => [
        `${index}.yml`,
        textOf(parts, fronted.isDirect ? 'traefik.yml' : 'dynamic.yml'),
      ]),
    ),
    'up.yml': JSON.stringify({ http: { routers: { up: { rule: UP, service: 'ping@internal' } } } }),
  }));
}

interface Compose {
  readonly services: Readonly<Record<string, { readonly labels: Readonly<Record<string, string>> }>>;
}

export async function startTraefikLabels(fronted: Fronted): Promise<Front> {
  const engine = await startDockerEngine();
  engine.run('up', {
    'traefik.enable': 'true',
    'traefik.http.routers.up.rule': UP,
    'traefik.http.routers.up.service': 'ping@internal',
    'traefik.http.services.up.loadbalancer.server.port': '1',
  });
  const provider = `--providers.docker.endpoint=${engine.endpoint} --providers.docker.exposedByDefault=false`;
  const args = (place: Place) => argumentsAt(place, provider).flatMap((each) => each.split(' '));
  const front = await startFront(TRAEFIK, args, (place) => {
    for (const parts of render('traefik-labels', fronted, place)) {
      const { services } = parse(textOf(parts, 'compose.yml')) as Compose;
      for (const [name, { labels }] of Object.entries(services)) engine.run(name, labels);
    }
    return {};
  });
  return {
    origin: front.origin,
    async stop() {
      await front.stop();
      await engine.stop();
    },
  };
}
