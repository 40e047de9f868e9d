// The outpost's pages. They are shown on the applications' hosts, so they name our own origin for everything they load.
import { type Page, page } from '../../platform/view/page.ts';
import type { Translate } from '../../platform/view/texts.ts';
import type { WiringHelp } from './wiring.ts';

interface Explanation {
  readonly heading: string;
  readonly message: string;
  readonly advice?: string;
  /** Something to copy into a configuration. */
  readonly line?: string;
  readonly action?: { readonly href: string; readonly label: string };
  /** What a proxy has sent us. */
  readonly received?: readonly { readonly name: string; readonly value: string }[];
}

/** `origin`: where the stylesheet is; empty on our own host. */
function explanation(
  origin: string,
  { heading, message, advice, line, action, received }: Explanation,
  status: number,
): Page {
  const data = {
    origin,
    heading,
    message,
    advice: advice ?? null,
    line: line ?? null,
    action: action ?? null,
    received: received ?? null,
  };
  return page('outpost/explanation', heading, data, status);
}

export function forbiddenPage(
  t: Translate,
  origin: string,
  application: string,
  groups: readonly string[],
): Page {
  const action = { href: `${origin}/if/user/`, label: t('outpost.forbidden.portal') };
  return explanation(
    origin,
    {
      heading: t('outpost.forbidden.title', { application }),
      message:
        groups.length === 0
          ? t('outpost.forbidden.text')
          : t('outpost.forbidden.groups', { groups: groups.join(', ') }),
      advice: t('outpost.forbidden.advice'),
      action,
    },
    403,
  );
}

/** Instead of a redirect that would lose what was sent. */
export function unsentFormPage(t: Translate, origin: string, signIn: string): Page {
  const action = { href: signIn, label: t('outpost.unsent.signIn') };
  const text = { heading: t('outpost.unsent.title'), message: t('outpost.unsent.text'), action };
  return explanation(origin, text, 401);
}

export function wiringPage(
  t: Translate,
  { text, values, line }: WiringHelp,
  received: NonNullable<Explanation['received']>,
): Page {
  const told = {
    heading: t('outpost.wiring.title'),
    message: t(text, values),
    advice: t('outpost.wiring.advice'),
    line,
    received,
  };
  return explanation('', told, 500);
}

export function noAddressPage(t: Translate): Page {
  const line = 'GATELODGE_URL=https://auth.example.com';
  const text = { heading: t('outpost.wiring.title'), message: t('outpost.noAddress'), line };
  return explanation('', text, 500);
}

export function unknownHostPage(t: Translate, host: string): Page {
  const heading = t('outpost.unknownHost.title');
  const text = {
    heading,
    message: t('outpost.unknownHost.text', { host }),
    advice: t('outpost.unknownHost.advice'),
  };
  return explanation('', text, 404);
}

/** Why a request that may pass did not arrive at the application. */
export type PassageFailure = keyof typeof PASSAGE_STATUS;

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
  };
  return explanation(origin, text, PASSAGE_STATUS[failure]);
}

export function unavailablePage(t: Translate): Page {
  return explanation(
    '',
    { heading: t('outpost.unavailable.title'), message: t('outpost.unavailable.text') },
    503,
  );
}

/** The browser goes round between the application and us, because it keeps no cookie of the application. */
export function lostCookiePage(t: Translate, externalUrl: string, { text, values, line }: WiringHelp): Page {
  const action = { href: `${externalUrl}/`, label: t('outpost.lostCookie.again') };
  const told = { heading: t('outpost.lostCookie.title'), message: t(text, values), action };
  return explanation('', line === '' ? told : { ...told, line }, 400);
}
