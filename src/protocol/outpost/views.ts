// The outpost's pages. They are shown on the applications' hosts, so they name our own origin for everything they load.

import type { AccessReason } from '../../identity/access/access.ts';
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { Original } from './routing-table.ts';
import type { WiringHelp } from './wiring/help.ts';
import type { Remedy } from './wiring/remedy.ts';

interface Explanation {
  readonly heading: string;
  readonly message: string;
  readonly advice?: string;
  /** What to write into which configuration. */
  readonly remedies?: readonly Remedy[];
  readonly action?: { readonly href: string; readonly label: string };
  /** What a proxy has sent us. */
  readonly received?: readonly { readonly name: string; readonly value: string }[];
}

/** `origin`: where the stylesheet is; empty on our own host. */
function explanation(
  origin: string,
  { heading, message, advice, remedies, action, received }: Explanation,
  status: number,
): Page {
  const data = {
    origin,
    heading,
    message,
    advice: advice ?? null,
    remedies: remedies ?? [],
    action: action ?? null,
    received: received ?? null,
  };
  return page('outpost/explanation', heading, data, status);
}

export interface Refused {
  readonly application: string;
  readonly why: AccessReason['kind'];
  /** Groups that they would have to be in: one of them, or all. */
  readonly groups: readonly string[];
}

export function forbiddenPage(t: Translate, origin: string, { application, why, groups }: Refused): Page {
  const action = { href: `${origin}/if/user/`, label: t('outpost.forbidden.portal') };
  return explanation(
    origin,
    {
      heading: t('outpost.forbidden.title', { application }),
      message: t(`outpost.forbidden.${textFor(why, groups)}`, { groups: groups.join(', ') }),
      advice: t('outpost.forbidden.advice'),
      action,
    },
    403,
  );
}

function textFor(why: AccessReason['kind'], groups: readonly string[]): string {
  if (why === 'inactive') return 'inactive';
  if (groups.length === 0) return 'text';
  return why === 'not_in_all' ? 'allGroups' : 'groups';
}

/** Instead of a redirect that would lose what was sent. */
export function unsentFormPage(t: Translate, origin: string, signIn: string): Page {
  const action = { href: signIn, label: t('outpost.unsent.signIn') };
  const text = { heading: t('outpost.unsent.title'), message: t('outpost.unsent.text'), action };
  return explanation(origin, text, 401);
}

export function wiringPage(
  t: Translate,
  origin: string,
  { text, values, remedies }: WiringHelp,
  received: NonNullable<Explanation['received']>,
): Page {
  const told = {
    heading: t('outpost.wiring.title'),
    message: t(text, values),
    advice: t('outpost.wiring.advice'),
    remedies,
    received,
  };
  return explanation(origin, told, 500);
}

export function noAddressPage(t: Translate): Page {
  const remedies = [{ where: 'Gatelodge', line: 'GATELODGE_URL=https://auth.example.com' }];
  const text = { heading: t('outpost.wiring.title'), message: t('outpost.noAddress'), remedies };
  return explanation('', text, 500);
}

export function unknownHostPage(
  t: Translate,
  origin: string,
  { scheme, authority }: Original,
  received: NonNullable<Explanation['received']>,
): Page {
  const text = {
    heading: t('outpost.unknownHost.title'),
    message: t('outpost.unknownHost.text', { host: authority }),
    remedies: [{ where: t('outpost.unknownHost.where'), line: `${scheme}://${authority}` }],
    received,
    advice: t('outpost.unknownHost.advice'),
  };
  return explanation(origin, text, 404);
}

/** An address of ours that leads nowhere. */
export function nothingHerePage(t: Translate, origin: string, path: string): Page {
  const text = { heading: t('outpost.nothingHere.title'), message: t('outpost.nothingHere.text', { path }) };
  return explanation(origin, text, 404);
}

/** Why a request that may pass did not arrive at the application. */
export type PassageFailure = keyof typeof PASSAGE_STATUS;

const MAY_PASS_SOON: ReadonlySet<PassageFailure> = new Set(['unreachable', 'late']);
const PASSAGE_STATUS = { unreachable: 502, late: 504, circle: 508, unreadable: 400 };

export function upstreamPage(
  t: Translate,
  origin: string,
  application: string,
  failure: PassageFailure,
): Page {
  const text = {
    heading: t(`outpost.upstream.${failure}.title`, { application }),
    message: t(`outpost.upstream.${failure}.text`, { application }),
    advice: t('outpost.upstream.advice'),
    ...(MAY_PASS_SOON.has(failure) && { action: againIn(t) }),
  };
  return explanation(origin, text, PASSAGE_STATUS[failure]);
}

export function unavailablePage(t: Translate, origin: string): Page {
  return explanation(
    origin,
    {
      heading: t('outpost.unavailable.title'),
      message: t('outpost.unavailable.text'),
      action: againIn(t),
    },
    503,
  );
}

/** The same address once more. */
function againIn(t: Translate) {
  return { href: '', label: t('outpost.again') };
}

/** The browser goes round between the application and us, because it keeps no cookie of the application. */
export function lostCookiePage(
  t: Translate,
  externalUrl: string,
  { text, values, remedies }: WiringHelp,
): Page {
  const action = { href: `${externalUrl}/`, label: t('outpost.again') };
  const told = { heading: t('outpost.lostCookie.title'), message: t(text, values), remedies, action };
  return explanation('', told, 400);
}
