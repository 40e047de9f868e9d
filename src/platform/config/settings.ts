// Every setting, in the order of .env.example, which is made from this table (so is docs/configuration.md).
// A new setting is a row here and a line in config.ts.
import type { z } from 'zod';
import { emailParts, postgresqlParts, redisParts } from './authentik.ts';
import * as kind from './kind.ts';
import type { Setting } from './setting.ts';

const LOOPBACK_PRIVATE_AND_LINK_LOCAL =
  '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,169.254.0.0/16,fe80::/10';
const LOOPBACK_PRIVATE_AND_SHARED =
  '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7';

export const settings = {
  url: {
    heading: 'Address',
    name: 'GATELODGE_URL',
    about:
      'The address that browsers use. Without it, each request tells; mails need it, and applications behind a proxy.',
    kind: kind.origin,
    example: 'https://auth.example.com',
  },
  listenHttp: {
    name: 'GATELODGE_LISTEN_HTTP',
    alias: 'AUTHENTIK_LISTEN__HTTP',
    about: 'Where HTTP is served: host:port, :port, or unix:/path for a proxy on the same machine.',
    kind: kind.listenAddress,
    default: '[::]:9000',
  },
  listenHttps: {
    name: 'GATELODGE_LISTEN_HTTPS',
    alias: 'AUTHENTIK_LISTEN__HTTPS',
    about: 'Where HTTPS is served, once there is a certificate.',
    kind: kind.listenAddress,
    default: '[::]:9443',
  },
  listenMetrics: {
    name: 'GATELODGE_LISTEN_METRICS',
    alias: 'AUTHENTIK_LISTEN__METRICS',
    about: 'Where Prometheus finds /-/metrics/. Keep it off the internet.',
    kind: kind.listenAddress,
    default: '[::]:9300',
  },
  certificateDirectory: {
    name: 'GATELODGE_CERTIFICATE_DIR',
    about: 'Certificates for HTTPS: pairs of name.pem and name.key, or folders as certbot writes them.',
    kind: kind.filePath,
    default: '/certs',
  },
  trustedProxies: {
    name: 'GATELODGE_TRUSTED_PROXIES',
    alias: 'AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS',
    about: 'Whose X-Forwarded-For, -Proto and -Host count: networks of your reverse proxies, or none.',
    kind: kind.networks,
    default: LOOPBACK_PRIVATE_AND_LINK_LOCAL,
  },
  cookieDomain: {
    name: 'GATELODGE_COOKIE_DOMAIN',
    alias: 'AUTHENTIK_COOKIE_DOMAIN',
    about: 'Domain of the session cookie. Without it, the host of GATELODGE_URL alone, which is safer.',
    kind: kind.domain,
    example: 'example.com',
  },
  dataDirectory: {
    heading: 'Data',
    name: 'GATELODGE_DATA_DIR',
    about: 'The embedded database and the generated secret key live here. Back it up.',
    kind: kind.filePath,
    default: './data',
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    alias: postgresqlParts,
    about: 'PostgreSQL 14 or newer. Without it, the embedded database in the data directory.',
    kind: kind.serviceUrl('postgresql', 'postgres'),
    example: 'postgresql://gatelodge:password@localhost:5432/gatelodge',
    secret: 'password',
  },
  redisUrl: {
    name: 'REDIS_URL',
    alias: redisParts,
    about: 'Redis 6 or newer, for sessions. Without it, the database.',
    kind: kind.serviceUrl('redis', 'rediss'),
    example: 'redis://localhost:6379/0',
    secret: 'password',
  },
  secretKey: {
    name: 'GATELODGE_SECRET_KEY',
    alias: 'AUTHENTIK_SECRET_KEY',
    about:
      'Seals the secrets in the database. Without it, one is made and kept in the data directory. Replicas need the same.',
    kind: kind.secretKey,
    example: 'the output of: openssl rand -base64 48',
    secret: 'whole',
  },
  previousSecretKeys: {
    name: 'GATELODGE_PREVIOUS_SECRET_KEYS',
    about:
      'Earlier secret keys, separated by commas: they still open what they sealed, and seal nothing new.',
    kind: kind.secretKeys,
    default: 'none',
    secret: 'whole',
  },
  smtpUrl: {
    heading: 'Mail',
    name: 'SMTP_URL',
    alias: emailParts,
    about: 'The mail server: smtp://, or smtps:// for TLS from the first byte. Without it, no mail is sent.',
    kind: kind.serviceUrl('smtp', 'smtps'),
    example: 'smtp://user:password@mail.example.com:587',
    secret: 'password',
  },
  mailFrom: {
    name: 'GATELODGE_MAIL_FROM',
    alias: 'AUTHENTIK_EMAIL__FROM',
    about: 'The sender of all mails.',
    kind: kind.mailSender,
    default: 'Gatelodge <gatelodge@localhost>',
  },
  bootstrapPassword: {
    heading: 'First start',
    name: 'GATELODGE_BOOTSTRAP_PASSWORD',
    alias: 'AUTHENTIK_BOOTSTRAP_PASSWORD',
    about: 'Creates the administrator akadmin with this password; later starts ignore it.',
    kind: kind.text,
    secret: 'whole',
  },
  bootstrapToken: {
    name: 'GATELODGE_BOOTSTRAP_TOKEN',
    alias: 'AUTHENTIK_BOOTSTRAP_TOKEN',
    about: 'Creates an API token of akadmin with this key; later starts ignore it.',
    kind: kind.text,
    secret: 'whole',
  },
  bootstrapEmail: {
    name: 'GATELODGE_BOOTSTRAP_EMAIL',
    alias: 'AUTHENTIK_BOOTSTRAP_EMAIL',
    about: 'The e-mail address of akadmin.',
    kind: kind.emailAddress,
    example: 'admin@example.com',
  },
  outboundAllow: {
    heading: 'Security',
    name: 'GATELODGE_OUTBOUND_ALLOW',
    about:
      'Networks that Gatelodge itself may call beside public addresses (logout notices, key sets), or none. Link-local addresses and cloud metadata are never called.',
    kind: kind.networks,
    default: LOOPBACK_PRIVATE_AND_SHARED,
  },
  extraCaFile: {
    name: 'GATELODGE_EXTRA_CA',
    about: 'A PEM file of certificate authorities to trust besides the usual ones.',
    kind: kind.filePath,
    example: '/certs/home-ca.pem',
  },
  passwordMemoryKib: {
    name: 'GATELODGE_PASSWORD_MEMORY_KIB',
    about: 'Memory of one argon2id hash, in KiB. Changed parameters apply at each next sign-in.',
    kind: kind.wholeNumber(8192, 4_194_304),
    default: '19456',
  },
  passwordPasses: {
    name: 'GATELODGE_PASSWORD_PASSES',
    about: 'Passes over that memory.',
    kind: kind.wholeNumber(1, 100),
    default: '2',
  },
  passwordParallelism: {
    name: 'GATELODGE_PASSWORD_PARALLELISM',
    about: 'Lanes of one hash.',
    kind: kind.wholeNumber(1, 64),
    default: '1',
  },
  passwordConcurrency: {
    name: 'GATELODGE_PASSWORD_CONCURRENCY',
    about: 'Hashes computed at the same time; auto is one for each core, at most three.',
    kind: kind.hashConcurrency,
    default: 'auto',
  },
  passwordQueue: {
    name: 'GATELODGE_PASSWORD_QUEUE',
    about: 'Hashes that may wait for their turn. Sign-ins beyond that are asked to try again.',
    kind: kind.wholeNumber(1, 10_000),
    default: '100',
  },
  upstreamTimeoutSeconds: {
    heading: 'Proxy mode',
    name: 'GATELODGE_UPSTREAM_TIMEOUT',
    about: 'Seconds in which an application behind proxy mode must begin to answer.',
    kind: kind.wholeNumber(1, 86_400),
    default: '300',
  },
  workers: {
    heading: 'Operation',
    name: 'GATELODGE_WORKERS',
    alias: 'AUTHENTIK_WEB__WORKERS',
    about:
      'Processes that serve side by side, one for each core that should be used. More than one needs PostgreSQL.',
    kind: kind.wholeNumber(1, 64),
    default: '1',
  },
  logLevel: {
    name: 'GATELODGE_LOG_LEVEL',
    alias: 'AUTHENTIK_LOG_LEVEL',
    about: 'The least serious messages that are logged: trace, debug, info, warn, error, fatal or silent.',
    kind: kind.logLevel,
    default: 'info',
  },
  logFormat: {
    name: 'GATELODGE_LOG_FORMAT',
    about: 'json, pretty, or auto: pretty on a terminal, else JSON lines.',
    kind: kind.logFormat,
    default: 'auto',
  },
  eventRetentionDays: {
    name: 'GATELODGE_EVENT_RETENTION_DAYS',
    about: 'How long audit events are kept.',
    kind: kind.wholeNumber(1, 36_500),
    default: '365',
  },
  isDevelopment: {
    name: 'NODE_ENV',
    about:
      'development writes mails to the log when there is no mail server. Never use it where others sign in.',
    kind: kind.isDevelopment,
    default: 'production',
  },
} as const satisfies Record<string, Setting>;

type Settings = typeof settings;
export type SettingKey = keyof Settings;

/** The values of all settings, by key; those without a default may be undefined. */
export type Values = {
  readonly [Key in SettingKey]: Settings[Key] extends { readonly default: string }
    ? z.output<Settings[Key]['kind']>
    : z.output<Settings[Key]['kind']> | undefined;
};
