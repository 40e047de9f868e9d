// /api/v3/root/config/, admin/version/ and admin/system/: what clients ask before they ask for anything else.
import os from 'node:os';
import { z } from 'zod';
import { anyone } from '../../platform/http/guard.ts';
import { authenticated, superuser } from '../../platform/rest/credentials.ts';
import { type Operation, operation } from '../../platform/rest/operation.ts';

interface Needs {
  /** Of Gatelodge, for example `0.1.0`. */
  readonly version: string;
}

const configShape = z
  .object({
    error_reporting: z.object({
      enabled: z.boolean(),
      sentry_dsn: z.string(),
      environment: z.string(),
      send_pii: z.boolean(),
      traces_sample_rate: z.number(),
    }),
    capabilities: z.array(z.string()),
    cache_timeout: z.int(),
    cache_timeout_flows: z.int(),
    cache_timeout_policies: z.int(),
  })
  .meta({ title: 'Config' });

const versionShape = z
  .object({
    version_current: z.string(),
    version_latest: z.string(),
    version_latest_valid: z.boolean(),
    build_hash: z.string(),
    outdated: z.boolean(),
    outpost_outdated: z.boolean(),
  })
  .meta({ title: 'Version' });

const systemShape = z
  .object({
    http_headers: z.record(z.string(), z.string()),
    http_host: z.string(),
    http_is_secure: z.boolean(),
    runtime: z.object({
      python_version: z.string(),
      environment: z.string(),
      architecture: z.string(),
      platform: z.string(),
      uname: z.string(),
      openssl_version: z.string(),
      openssl_fips_enabled: z.boolean(),
      authentik_version: z.string(),
    }),
    brand: z.string(),
    server_time: z.date(),
    embedded_outpost_disabled: z.boolean(),
    embedded_outpost_host: z.string(),
    base_url: z.string(),
  })
  .meta({ title: 'SystemInfo' });

export function installationApi({ version }: Needs): Operation[] {
  return [
    operation({
      id: 'root_config_retrieve',
      method: 'GET',
      path: 'root/config/',
      summary: 'What this installation can do',
      guard: anyone,
      answer: configShape,
      handler: () => ({
        error_reporting: {
          enabled: false,
          sentry_dsn: '',
          environment: 'production',
          send_pii: false,
          traces_sample_rate: 0,
        },
        capabilities: [],
        cache_timeout: 0,
        cache_timeout_flows: 0,
        cache_timeout_policies: 0,
      }),
    }),
    operation({
      id: 'admin_version_retrieve',
      method: 'GET',
      path: 'admin/version/',
      summary: 'Which version runs',
      guard: authenticated,
      answer: versionShape,
      // Gatelodge asks nobody on the internet whether there is a newer one.
      handler: () => ({
        version_current: version,
        version_latest: version,
        version_latest_valid: false,
        build_hash: '',
        outdated: false,
        outpost_outdated: false,
      }),
    }),
    operation({
      id: 'admin_system_retrieve',
      method: 'GET',
      path: 'admin/system/',
      summary: 'What it runs on, and how this request reached it',
      guard: superuser,
      answer: systemShape,
      handler: ({ ctx: { state } }) => ({
        // Headers are left out: the one that matters most here is the caller's own key.
        http_headers: {},
        http_host: new URL(state.origin).host,
        http_is_secure: state.origin.startsWith('https:'),
        runtime: runtimeOf(version),
        brand: 'Gatelodge',
        server_time: new Date(),
        embedded_outpost_disabled: false,
        embedded_outpost_host: state.origin,
        base_url: state.origin,
      }),
    }),
  ];
}

/** Under the names of a Python program, because they are authentik's. */
function runtimeOf(version: string): z.input<typeof systemShape>['runtime'] {
  return {
    python_version: `Node ${process.version}`,
    environment: 'custom',
    architecture: process.arch,
    platform: process.platform,
    uname: `${os.type()} ${os.release()}`,
    openssl_version: process.versions.openssl,
    openssl_fips_enabled: false,
    authentik_version: version,
  };
}
