// What may be written to a proxy provider, and what it must look like. What cannot work (a cookie for a domain that the
// host is not in, an expression that is none) is refused here, in words, and not found out by people who cannot get in.
import { z } from 'zod';
import { ProxyMode } from '../../../platform/database/generated/enums.ts';
import { lineOfText, text } from '../../../platform/problem/field.ts';
import { readExpression } from '../../provider/expression/language.ts';
import { findFaultyExpressions } from './allow-list.ts';

const YEAR_SECONDS = 366 * 24 * 60 * 60;
const MAX_URL = 2048;
const MAX_EXPRESSIONS = 10_000;

/** `https://app.example.com`: where browsers find the application. */
const externalHost = z
  .string()
  .trim()
  .max(MAX_URL)
  .transform((url) => url.replace(/\/+$/, ''))
  .refine(isHostAddress, 'Enter an address like https://app.example.com, without a path.');

const internalHost = z
  .string()
  .trim()
  .max(MAX_URL)
  .refine((url) => url === '' || isWebAddress(url), 'Enter an http(s) address.');

/** A leading dot, as older configurations have it, means the same as none. */
const cookieDomain = z
  .string()
  .trim()
  .toLowerCase()
  .transform((domain) => domain.replace(/^\./, ''))
  .refine((domain) => domain === '' || DOMAIN.test(domain), 'Enter a domain like example.com.');

const DOMAIN = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+$/;

const skipPathRegex = text.max(MAX_EXPRESSIONS).superRefine((expressions, context) => {
  for (const message of findFaultyExpressions(expressions)) {
    context.addIssue({ code: 'custom', message, input: expressions });
  }
});

const attribute = lineOfText.max(255);

/** Computed for each person: text, or `none` where it is as for everybody. */
const expression = text.trim().superRefine((source, context) => {
  const reading = source === '' ? undefined : readExpression(source);
  if (reading?.ok === false) context.addIssue({ code: 'custom', message: reading.reason, input: source });
});

export const proxyProviderPatch = z.strictObject({
  name: lineOfText.min(1).max(255).optional(),
  mode: z.enum(ProxyMode).optional(),
  externalHost: externalHost.optional(),
  internalHost: internalHost.optional(),
  internalHostSslValidation: z.boolean().optional(),
  cookieDomain: cookieDomain.optional(),
  skipPathRegex: skipPathRegex.optional(),
  basicAuthEnabled: z.boolean().optional(),
  basicAuthUserAttribute: attribute.optional(),
  basicAuthPasswordAttribute: attribute.optional(),
  interceptHeaderAuth: z.boolean().optional(),
  /** Ids of providers whose access tokens count here. */
  jwtFederationProviders: z.array(z.int32()).max(100).optional(),
  /** Null: as suits the proxy. */
  interactiveOnly: z.boolean().nullable().optional(),
  sendsRemoteHeaders: z.boolean().optional(),
  backendOverrideAttribute: attribute.optional(),
  hostHeaderAttribute: attribute.optional(),
  backendOverrideExpression: expression.optional(),
  hostHeaderExpression: expression.optional(),
  sessionValiditySeconds: z.int().min(60).max(YEAR_SECONDS).optional(),
});

export const newProxyProvider = proxyProviderPatch.required({ name: true, externalHost: true });

export type ProxyProviderPatch = z.input<typeof proxyProviderPatch>;
export type NewProxyProvider = z.input<typeof newProxyProvider>;

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

function isHostAddress(text: string): boolean {
  const url = URL.parse(text);
  return isWebAddress(text) && url !== null && url.pathname === '/' && url.search === '' && url.hash === '';
}
