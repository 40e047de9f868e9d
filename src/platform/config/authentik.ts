// authentik's names for settings, so that its .env and compose files start Gatelodge (contract §1).
// Facts: version 2026.8, authentik-reference.md, "Configuration"; REDIS__* are from before 2025.10.
import { readFileSync } from 'node:fs';

export const AUTHENTIK_PREFIX = 'AUTHENTIK_';

/** A setting of ours that authentik splits into several. `HOST` is what makes it one; the other parts only complete it. */
export interface Assembly {
  readonly prefix: string;
  readonly parts: readonly string[];
  readonly assemble: (part: (name: string) => string | undefined) => string | undefined;
}

export const postgresqlParts: Assembly = {
  prefix: 'AUTHENTIK_POSTGRESQL__',
  parts: ['HOST', 'PORT', 'NAME', 'USER', 'PASSWORD', 'SSLMODE'],
  assemble(part) {
    const authority = authorityOf(part, part('USER') ?? 'authentik', '5432');
    return (
      authority && `postgresql://${authority}/${encodeURIComponent(part('NAME') ?? 'authentik')}${tls(part)}`
    );
  },
};

export const redisParts: Assembly = {
  prefix: 'AUTHENTIK_REDIS__',
  parts: ['HOST', 'PORT', 'DB', 'PASSWORD'],
  assemble(part) {
    const authority = authorityOf(part, '', '6379');
    return authority && `redis://${authority}/${part('DB') ?? '0'}`;
  },
};

export const emailParts: Assembly = {
  prefix: 'AUTHENTIK_EMAIL__',
  parts: ['HOST', 'PORT', 'USERNAME', 'PASSWORD', 'USE_TLS', 'USE_SSL', 'TIMEOUT'],
  assemble(part) {
    const scheme = isTrue(part('USE_SSL')) ? 'smtps' : 'smtp';
    const authority = authorityOf(part, part('USERNAME') ?? '', '25');
    // Without USE_TLS authentik speaks plainly, also to a relay whose certificate nobody could verify.
    const startTls = isTrue(part('USE_TLS')) ? 'requireTLS' : 'ignoreTLS';
    const timeout = Number(part('TIMEOUT') ?? 10) * 1000;
    return authority && `${scheme}://${authority}/?${startTls}=true&connectionTimeout=${timeout}`;
  },
};

/** The value under one of authentik's names, with its `file:///path?default` and `env://NAME?default` resolved. */
export function readAuthentik(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment[name];
  const reference = /^(?<scheme>file|env):\/\/(?<target>[^?]+)(?:\?(?<fallback>.*))?$/s.exec(
    given ?? '',
  )?.groups;
  if (!reference?.target) return given || undefined;
  const { scheme, target, fallback } = reference;
  return (scheme === 'env' ? environment[target] : readIfPresent(target)) || fallback || undefined;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function authorityOf(part: (name: string) => string | undefined, user: string, defaultPort: string) {
  const host = part('HOST');
  if (!host) return undefined;
  const password = part('PASSWORD');
  const credentials = encodeURIComponent(user) + (password ? `:${encodeURIComponent(password)}` : '');
  const isBareIpv6 = host.includes(':') && !host.startsWith('[');
  const address = `${isBareIpv6 ? `[${host}]` : host}:${part('PORT') ?? defaultPort}`;
  return credentials ? `${credentials}@${address}` : address;
}

// libpq's `prefer` and `allow` fall back to a plain connection, which the driver cannot: plain at once.
// libpq's `require` verifies nothing; the driver's does, unless told otherwise.
function tls(part: (name: string) => string | undefined): string {
  const mode = part('SSLMODE') ?? 'disable';
  if (['disable', 'allow', 'prefer'].includes(mode)) return '';
  return mode === 'require' ? '?sslmode=require&uselibpqcompat=true' : `?sslmode=${encodeURIComponent(mode)}`;
}

function isTrue(value: string | undefined): boolean {
  return /^(?:true|1|yes|on)$/i.test(value ?? '');
}
