#!/usr/bin/env node
// `npm test [-- <jest arguments>]`: says what cannot run on this machine, runs the suites, and ends with one plain line
// of numbers. In CI everything must be able to run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { hasActualBudget } from './actual-budget.ts';
import { hasApache } from './apache.ts';
import { hasAuthlib } from './authlib.ts';
import { hasChromium } from './chromium.ts';
import { hasEnvoy } from './envoy.ts';
import { hasHtmlUnit } from './htmlunit.ts';
import { hasIngressNginx } from './ingress-nginx.ts';
import { hasMiniflux } from './miniflux.ts';
import { hasNginx } from './nginx.ts';
import { hasPostgres } from './postgres-server.ts';
import { hasRedis } from './redis-server.ts';
import { hasCaddy, hasHaproxy } from './snippet-proxies.ts';
import { hasTraefik } from './traefik.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MOST_WORKERS = 4;

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const needs = {
  'PostgreSQL (suites on the external stores)': hasPostgres(),
  'Redis (suites on the external stores)': hasRedis(),
  'Apache with mod_auth_openidc (the end-to-end suite)': hasApache,
  'Chromium (the end-to-end suite)': hasChromium,
  'Authlib for Python (the end-to-end suite)': hasAuthlib,
  'Actual Budget (the end-to-end suite)': hasActualBudget,
  'Caddy (the outpost behind it)': hasCaddy,
  'Envoy (the outpost behind it)': hasEnvoy,
  'HAProxy (the outpost behind it)': hasHaproxy,
  'HtmlUnit (the end-to-end suite)': hasHtmlUnit,
  'the controller of ingress-nginx (the outpost behind it)': hasIngressNginx,
  'Miniflux (the end-to-end suite)': hasMiniflux,
  'nginx (the outpost behind it)': hasNginx,
  'Traefik (the outpost behind it)': hasTraefik,
};
const missing = Object.entries(needs).flatMap(([name, isThere]) => (isThere ? [] : [name]));
for (const name of missing)
  console.error(`Skipping what needs ${name}: not installed; run scripts/test-packages.`);
if (missing.length > 0 && process.env.CI) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const directory = mkdtempSync(path.join(tmpdir(), 'gatelodge-results-'));
const resultsFile = path.join(directory, 'results.json');
const workers = Math.min(MOST_WORKERS, availableParallelism());
const jest = spawnSync(
  process.execPath,
  [
    ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    path.join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...['--json', `--outputFile=${resultsFile}`, `--maxWorkers=${workers}`],
    ...process.argv.slice(2),
  ],
  // With --json, jest prints the results themselves to standard output: the file is enough.
  { cwd: ROOT, stdio: ['inherit', 'ignore', 'inherit'] },
);

let results: JestResults = {
  ...{ numPassedTests: 0, numFailedTests: 1 },
  ...{ numPendingTests: 0, numRuntimeErrorTestSuites: 0 },
};
try {
  results = JSON.parse(readFileSync(resultsFile, 'utf8')) as JestResults;
} catch {
  console.error('Jest ended without results.');
}
rmSync(directory, { recursive: true, force: true });
// Whatever was left out for a reason that is not in the list above is as good as untested.
const leftOut = process.env.CI ? results.numPendingTests : 0;
if (leftOut > 0) console.error(`${leftOut} tests were skipped: in CI that is a failure.`);
const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + leftOut;
console.log(`${results.numPassedTests} passed, ${failed} failed`);
process.exitCode = jest.status === 0 && failed === 0 ? 0 : 1;
