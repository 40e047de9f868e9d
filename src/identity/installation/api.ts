// /api/v3/root/config/ and /api/v3/admin/version/: what clients ask before they ask for anything else.
import { z } from 'zod';
import { anyone } from '../../platform/http/guard.ts';
import { authenticated } from '../../platform/rest/credentials.ts';
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
  ];
}
