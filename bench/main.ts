// `npm run bench`: what Gatelodge costs, in parts: `start`, `protocol`, `scale`, `outpost`, `proxy-mode`, `sign-in-flood`,
// `beside-sign-ins`, `faults`, `workers`, `nginx`; all of them unless some are named. `--quick` makes fewer and smaller rounds.
import { parseArgs } from 'node:util';
import { isSigningAlgorithm } from '../src/protocol/oidc/signing-algorithm.ts';
import { benchBesideSignIns } from './beside-sign-ins.ts';
import { benchFaults } from './faults.ts';
import { benchNginx } from './nginx.ts';
import { benchOutpost } from './outpost.ts';
import { benchProtocol } from './protocol.ts';
import { benchProxyMode } from './proxy-mode.ts';
import { benchScale } from './scale.ts';
import { benchSignInFlood } from './sign-in-flood.ts';
import { benchStartUp } from './start-up.ts';
import { benchWorkers } from './workers.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    algorithm: { type: 'string', default: 'RS256' },
    backend: { type: 'string', default: '' },
    profile: { type: 'string' },
  },
});
const { quick, algorithm, backend, profile: profileDirectory } = options;
if (!isSigningAlgorithm(algorithm)) throw new Error(`no such algorithm: ${algorithm}`);

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  start: () => benchStartUp({ warmStarts: quick ? 1 : 3 }),
  protocol: () =>
    benchProtocol({
      ...(quick ? { rounds: 4, requests: 40 } : { rounds: 11, requests: 80 }),
      ...{ algorithm, backend, profileDirectory },
    }),
  scale: () => benchScale({ rounds: quick ? 10 : 40 }),
  outpost: () =>
    benchOutpost({
      ...(quick
        ? { rounds: 9, milliseconds: 600, sessions: 20_000 }
        : { rounds: 15, milliseconds: 600, sessions: 100_000 }),
      profileDirectory,
    }),
  'sign-in-flood': () => benchSignInFlood({ attempts: quick ? 200 : 1000 }),
  'beside-sign-ins': () =>
    benchBesideSignIns(quick ? { rounds: 2, milliseconds: 4000 } : { rounds: 5, milliseconds: 10_000 }),
  faults: () =>
    benchFaults(
      quick ? { hosts: 100, sessions: 1000, seconds: 8 } : { hosts: 5000, sessions: 100_000, seconds: 20 },
    ),
  workers: () => benchWorkers(quick ? { rounds: 5, milliseconds: 1000 } : { rounds: 9, milliseconds: 3000 }),
  nginx: () => benchNginx({ rounds: quick ? 5 : 21 }),
  'proxy-mode': () =>
    benchProxyMode(quick ? { rounds: 3, milliseconds: 1000 } : { rounds: 7, milliseconds: 3000 }),
};

for (const part of positionals.length > 0 ? positionals : Object.keys(PARTS)) {
  const bench = PARTS[part];
  if (!bench) throw new Error(`no such part: ${part}; there are ${Object.keys(PARTS).join(', ')}`);
  await bench();
}
