// What may be written to a proxy provider, and what it must look like. What cannot work (a cookie for a domain that the
// host is not in, an expression that is none) is refused here, in words, and not found out by people who cannot get in.
import { z } from 'zod';
import { ProxyMode } from '../../../platform/database/generated/enums.ts';
import { lineOfText, text } from '../../../platform/problem/field.ts';
import { readExpression } from '../../provider/expression/language.ts';
import { findFaultyExpressions } from './allow-list.ts';
import { cookieDomain } from './cookie-domain.ts';

const YEAR_SECONDS = 366 * 24 * 60 * 60;
const MAX_URL = 2048;
const MAX_EXPRESSIONS = 10_000;

/** What is said of a field that is wrong: keys of texts. */
const ERRORS = 'admin.proxy.errors';

/** `https://app.example.com`: where browsers find the application; kept as browsers write it. */
const externalHost = z
  .string()
  .trim()
  .min(1)
  .max(MAX_URL)
  .superRefine((address, context) => {
    const fault = faultOf(address, 'external');
    if (fault) context.addIssue({ code: 'custom', message: fault, input: address });
  })
  .transform((address) => URL.parse(address)?.origin ?? address);

const internalHost = z
  .string()
  .trim()
  .max(MAX_URL)
  .superRefine((address, context) => {
    const fault = address === '' ? undefined : faultOf(address, 'internal');
    if (fault) context.addIssue({ code: 'custom', message: fault, input: address });
  });

const skipPathRegex = text.max(MAX_EXPRESSIONS).superRefine((expressions, context) => {
  for (const params of findFaultyExpressions(expressions)) {
    const message = `${ERRORS}.regularExpression`;
    context.addIssue({ code: 'custom', message, params, input: expressions });
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

/** The first thing that is wrong with an address; of the service itself, authentik ignores the path, and so do we. */
function faultOf(address: string, of: 'external' | 'internal'): string | undefined {
  const url = URL.parse(address);
  if (!/^https?:\/\//i.test(address)) return `${ERRORS}.${of}Scheme`;
  if (url === null) return `${ERRORS}.${of}Address`;
  if (url.username !== '' || url.password !== '') return `${ERRORS}.userInAddress`;
  if (of === 'internal') return undefined;
  if (url.hostname.includes('*')) return `${ERRORS}.wildcard`;
  return url.pathname === '/' && url.search === '' && url.hash === '' ? undefined : `${ERRORS}.externalPath`;
}
