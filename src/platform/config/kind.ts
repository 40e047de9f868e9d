// The kinds of values that settings have. Each reads a text; the message of each says what is expected, so that it
// completes the sentence "NAME: got …, expected …".
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parseListenAddress } from './listen-address.ts';

function kind<Value>(expected: string, read: (text: string) => Value | undefined) {
  return z.string().transform((text, check): Value => {
    const value = read(text);
    if (value !== undefined) return value;
    check.issues.push({ code: 'custom', message: expected, input: text });
    return z.NEVER;
  });
}

export const text = z.string();

export const filePath = z.string().transform((path) => resolve(path));

export const emailAddress = z.email({ error: 'an e-mail address' });

export const mailSender = z
  .string()
  .regex(
    /^(?:[^<>@]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/,
    'an e-mail address, alone or as Name <address>',
  );

export const domain = z
  .string()
  .regex(/^\.?(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)*[a-z\d](?:[a-z\d-]*[a-z\d])?$/i, 'a domain name')
  .transform((name) => name.replace(/^\./, '').toLowerCase());

export const secretKey = z.string().min(32, 'at least 32 characters');

export const listenAddress = kind('host:port, [IPv6]:port, :port or unix:/path', parseListenAddress);

export const origin = kind('an http:// or https:// address with nothing after the host and port', (given) => {
  const url = URL.parse(given);
  const isOrigin = url && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href;
  return isOrigin ? url.origin : undefined;
});

/** An address of a service, kept as given. */
export function serviceUrl(...schemes: readonly string[]) {
  const expected = `an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return kind(expected, (given) => {
    const hasScheme = schemes.some((scheme) => given.startsWith(`${scheme}://`));
    return hasScheme && URL.canParse(given) ? given : undefined;
  });
}

export function wholeNumber(least: number, most: number) {
  return kind(`a whole number from ${least} to ${most}`, (given) => {
    const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  });
}

export function oneOf<const Choice extends string>(...choices: readonly Choice[]) {
  return z.enum(choices, { error: `one of ${choices.join(', ')}` });
}

function listOf<Value>(given: string, read: (item: string) => Value | undefined): Value[] | undefined {
  if (given === 'none') return [];
  const values = given.split(',').map((item) => read(item.trim()));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function network(given: string): string | undefined {
  if (ipaddr.isValid(given)) return `${given}/${ipaddr.parse(given).kind() === 'ipv4' ? 32 : 128}`;
  return ipaddr.isValidCIDR(given) ? given : undefined;
}

/** CIDRs; a single address stands for itself, `none` for the empty list. */
export const networks = kind('addresses or networks (CIDR) separated by commas, or none', (given) =>
  listOf(given, network),
);

export const secretKeys = kind('keys of at least 32 characters, separated by commas', (given) =>
  listOf(given, (key) => secretKey.safeParse(key).data),
);

/** Levels of pino, and the names that authentik has for two of them. */
export const logLevel = oneOf(
  'trace',
  'debug',
  'info',
  'warn',
  'warning',
  'error',
  'critical',
  'fatal',
  'silent',
).transform((level) => (level === 'warning' ? 'warn' : level === 'critical' ? 'fatal' : level));

export const logFormat = oneOf('auto', 'json', 'pretty').transform((format) => {
  if (format !== 'auto') return format;
  return process.stdout.isTTY ? 'pretty' : 'json';
});

// Hashes run in libuv's four threads; one stays free for signing tokens and reading files.
const MOST_USEFUL_HASHES = 3;

export const hashConcurrency = kind('auto or a whole number from 1 to 64', (given) =>
  given === 'auto'
    ? Math.min(availableParallelism(), MOST_USEFUL_HASHES)
    : wholeNumber(1, 64).safeParse(given).data,
);

export const isDevelopment = z.string().transform((name) => name === 'development');
