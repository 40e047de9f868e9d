// The settings of a process: read once at start, checked together, never changed afterwards (contract §1).
import { join } from 'node:path';
import { ConfigurationFault } from './fault.ts';
import type { ListenAddress } from './listen-address.ts';
import { readSettings } from './reading.ts';
import { keepSecretKey, SECRET_KEY_FILE } from './secret-key.ts';
import { type Setting, withoutSecret } from './setting.ts';
import { settings, type Values } from './settings.ts';
import { type Given, readSurroundings, type Source } from './source.ts';
import { reasonOf } from './system-error.ts';
import { describeUnknownNames } from './unknown-name.ts';

/** What each setting means stands in settings.ts. */
export interface Config {
  readonly url?: string | undefined;
  readonly listenHttp: ListenAddress;
  readonly listenHttps: ListenAddress;
  readonly listenMetrics: ListenAddress;
  readonly certificateDirectory: string;
  readonly trustedProxies: readonly string[];
  readonly cookieDomain?: string | undefined;
  readonly dataDirectory: string;
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly secretKey: string;
  readonly previousSecretKeys: readonly string[];
  readonly smtpUrl?: string | undefined;
  readonly mailFrom: string;
  readonly bootstrap: {
    readonly password?: string | undefined;
    readonly token?: string | undefined;
    readonly email?: string | undefined;
  };
  readonly outboundAllow: readonly string[];
  readonly extraCaFile?: string | undefined;
  readonly passwordHashing: {
    readonly memoryKib: number;
    readonly passes: number;
    readonly parallelism: number;
    /** Hashes computed at the same time. */
    readonly concurrency: number;
    /** Hashes that may wait for their turn; those beyond are refused. */
    readonly queueLimit: number;
  };
  /** For the application's answer to begin, in proxy mode. */
  readonly upstreamTimeoutSeconds: number;
  readonly workers: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly logFormat: 'json' | 'pretty';
  readonly eventRetentionDays: number;
  readonly isDevelopment: boolean;
}

/** One setting as it is in effect, fit to be shown. */
export interface SettingReport {
  readonly name: string;
  /** Without secrets; undefined when unset. */
  readonly value: string | undefined;
  readonly source: Source;
  /** The name, or the file, that gave it. */
  readonly from: string | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly report: readonly SettingReport[];
  /** Sentences for the log: unknown names, and what the operator should know about generated values. */
  readonly notices: readonly string[];
}

/**
 * Reads all settings from the environment and, beneath it, the .env file at `envFile`. Makes and keeps a secret key in
 * the data directory when none is given. Throws ConfigurationFault with every fault.
 */
export function loadConfig(environment: NodeJS.ProcessEnv, envFile?: string): LoadedConfig {
  const surroundings = readSurroundings(environment, envFile);
  const { values, given, faults } = readSettings(surroundings);
  if (faults.length > 0) throw new ConfigurationFault(faults);

  const notices = describeUnknownNames(Object.values(settings), surroundings.environment);
  const key = given.get('secretKey') ?? generatedKey(values.dataDirectory, notices);
  given.set('secretKey', key);
  return {
    config: configOf(values, key.text),
    report: Object.entries<Setting>(settings).map(([name, setting]) => reportOf(setting, given.get(name))),
    notices,
  };
}

function generatedKey(dataDirectory: string, notices: string[]): Given {
  const from = join(dataDirectory, SECRET_KEY_FILE);
  const { secretKey, isNew } = keepSecretKeyIn(dataDirectory);
  if (!settings.secretKey.kind.safeParse(secretKey).success) {
    throw new ConfigurationFault([`${from} holds fewer than 32 characters; restore it from a backup.`]);
  }
  if (isNew) {
    notices.push(
      `A secret key was made and is kept in ${from}. Back it up, and give it to replicas as ` +
        'GATELODGE_SECRET_KEY: without it, what it sealed is lost.',
    );
  }
  return { text: secretKey, source: 'generated', from };
}

function keepSecretKeyIn(dataDirectory: string): ReturnType<typeof keepSecretKey> {
  try {
    return keepSecretKey(dataDirectory);
  } catch (error) {
    throw new ConfigurationFault([
      `GATELODGE_DATA_DIR: the secret key cannot be kept in ${dataDirectory} (${reasonOf(error)}). ` +
        'Make the directory writable, or give GATELODGE_SECRET_KEY.',
    ]);
  }
}

function reportOf(setting: Setting, given: Given | undefined): SettingReport {
  return {
    name: setting.name,
    value: given ? withoutSecret(setting, given.text) : setting.default,
    source: given?.source ?? 'default',
    from: given?.from,
  };
}

function configOf(values: Values, secretKey: string): Config {
  const { bootstrapPassword, bootstrapToken, bootstrapEmail, ...rest } = values;
  const {
    passwordMemoryKib,
    passwordPasses,
    passwordParallelism,
    passwordConcurrency,
    passwordQueue,
    ...flat
  } = rest;
  return {
    ...flat,
    secretKey,
    bootstrap: { password: bootstrapPassword, token: bootstrapToken, email: bootstrapEmail },
    passwordHashing: {
      memoryKib: passwordMemoryKib,
      passes: passwordPasses,
      parallelism: passwordParallelism,
      concurrency: passwordConcurrency,
      queueLimit: passwordQueue,
    },
  };
}
