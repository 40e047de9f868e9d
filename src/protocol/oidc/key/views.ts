// The page of signing keys.
import { momentIn } from '../../../platform/view/dates.ts';
import { type Page, page } from '../../../platform/view/page.ts';
import type { Translate } from '../../../platform/view/texts.ts';
import { SIGNING_ALGORITHMS } from '../signing-algorithm.ts';
import type { PublicSigningKey } from '../signing-key.ts';
import { signingAmong } from './retirement.ts';

interface Reader {
  readonly t: Translate;
  readonly language: string;
}

/** By algorithm: the next key, the one that signs, and those that are still published for tokens of before. */
export function keysPage(
  { t, language }: Reader,
  keys: readonly PublicSigningKey[],
  clientsByAlgorithm: ReadonlyMap<string, number>,
  now = new Date(),
): Page {
  const byAlgorithm = Map.groupBy(keys, ({ algorithm }) => algorithm);
  const used = SIGNING_ALGORITHMS.filter((algorithm) => byAlgorithm.has(algorithm));
  return page('oidc/keys', t('admin.keys.title'), {
    algorithms: used.map((algorithm) => {
      const own = byAlgorithm.get(algorithm) ?? [];
      const signing = signingAmong(own, now);
      return {
        name: algorithm,
        text: t(`admin.keys.algorithms.${algorithm}`),
        clients: clientsInWords(t, clientsByAlgorithm.get(algorithm) ?? 0),
        keys: own.map((key) => keyData({ t, language }, key, stateOf(key, signing, now))),
      };
    }),
    rotatePath: '/if/admin/keys/rotate/',
  });
}

function clientsInWords(t: Translate, count: number): string {
  return count === 0 ? t('admin.keys.noClients') : t('admin.keys.clients', { count });
}

type State = 'next' | 'signing' | 'old';

function stateOf(
  { id, activeAt }: PublicSigningKey,
  signing: PublicSigningKey | undefined,
  now: Date,
): State {
  if (activeAt > now) return 'next';
  return id === signing?.id ? 'signing' : 'old';
}

const TONES = { next: 'plain', signing: 'good', old: 'warn' } as const;

function keyData({ t, language }: Reader, { id, activeAt, retiredAt }: PublicSigningKey, state: State) {
  const moment = momentIn(language);
  const until = retiredAt ? moment(retiredAt) : '';
  const when = { next: moment(activeAt), signing: moment(activeAt), old: until }[state];
  return {
    kid: id,
    badge: t(`admin.keys.states.${state}`),
    tone: TONES[state],
    when: t(`admin.keys.when.${state}`, { moment: when }),
    retireText: t(`admin.keys.retireText.${state}`),
    retirePath: `/if/admin/keys/${id}/retire/`,
  };
}
