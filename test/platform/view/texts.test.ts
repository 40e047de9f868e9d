import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadTexts, Texts } from '../../../src/platform/view/texts.ts';
import { ROOT } from '../http/lodge.ts';

const english = new Map([
  ['greeting', 'Hello {name}'],
  ['sessions.one', '{count} session'],
  ['sessions.other', '{count} sessions'],
  ['onlyEnglish', 'Hello'],
]);
const german = new Map([['greeting', 'Hallo {name}']]);

describe('a text', () => {
  const missing: string[] = [];
  const texts = new Texts(
    new Map([
      ['en', english],
      ['de', german],
    ]),
    (key, language) => missing.push(`${language} ${key}`),
  );
  const cases: ReadonlyArray<
    readonly [it: string, language: string, args: Parameters<ReturnType<Texts['for']>>, text: string]
  > = [
    ['has its values filled in', 'en', ['greeting', { name: '{x}' }], 'Hello {x}'],
    ['keeps a placeholder that was given nothing', 'en', ['greeting'], 'Hello {name}'],
    ['is in the language that was asked for', 'de', ['greeting', { name: 'Anna' }], 'Hallo Anna'],
    ['is English where the language has none', 'de', ['onlyEnglish'], 'Hello'],
    ['is English in a language we do not speak', 'xx', ['onlyEnglish'], 'Hello'],
    ['knows one', 'en', ['sessions', { count: 1 }], '1 session'],
    ['knows many', 'en', ['sessions', { count: 2 }], '2 sessions'],
    ['is its key when there is none', 'en', ['no.such.text'], 'no.such.text'],
  ];
  it.each(cases)('%s', (_, language, args, text) => expect(texts.for(language)(...args)).toBe(text));

  it('that is missing is reported', () => expect(missing).toEqual(['en no.such.text']));
});

describe('the language of a request', () => {
  const texts = new Texts(
    new Map([
      ['en', english],
      ['de', german],
    ]),
  );
  const cases: ReadonlyArray<readonly [accept: string | undefined, uiLocales: string, language: string]> = [
    [undefined, '', 'en'],
    ['de', '', 'de'],
    ['de-AT', '', 'de'],
    ['fr, de;q=0.5, en;q=0.8', '', 'en'],
    ['en;q=0.2, DE;q=0.9', '', 'de'],
    ['de;q=0, *', '', 'en'],
    ['en', 'fr de-CH', 'de'],
    [';;,q=,', '  ', 'en'],
  ];
  it.each(cases)('for Accept-Language %j and ui_locales %j is %s', (accept, uiLocales, language) => {
    expect(texts.choose(accept, uiLocales)).toBe(language);
  });
});

describe('the catalogue', () => {
  const texts = loadTexts(join(ROOT, 'views/texts'));
  const sources = ['src', 'views'].flatMap((folder) => filesUnder(join(ROOT, folder)));
  const whole = sources.map(({ text }) => text).join('\n');

  it.each(texts.languages)(
    'has every text in the language %s, with the same things to fill in',
    (language) => {
      const own = catalogueOf(language);
      const english = catalogueOf('en');
      expect([...english.keys()].filter((key) => !own.has(key))).toEqual([]);
      expect([...own.keys()].filter((key) => !english.has(key))).toEqual([]);
      const differing = [...english].filter(([key, text]) => gapsOf(text) !== gapsOf(own.get(key) ?? ''));
      expect(differing.map(([key]) => key)).toEqual([]);
    },
  );

  it('has every text that sources and templates name', () => {
    const named = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key = '']) => ({ path, key })),
    );
    expect(named.length).toBeGreaterThan(50);
    const isKnown = (key: string) => texts.has(key) || texts.has(`${key}.other`);
    expect(named.filter(({ key }) => !isKnown(key))).toEqual([]);
  });

  it('has no text that nothing names', () => {
    const built = [...whole.matchAll(/`(\w+\.(?:[\w.]|\$\{[^}`]*\})+)`/g)].map(
      ([, key = '']) => new RegExp(`^${key.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '.+')}$`),
    );
    const isNamed = (key: string) =>
      whole.includes(`'${key}'`) ||
      whole.includes(`'${key.replace(/\.(?:zero|one|two|few|many|other)$/, '')}'`) ||
      built.some((pattern) => pattern.test(key));
    expect(texts.keys.filter((key) => !isNamed(key))).toEqual([]);
  });
});

function catalogueOf(language: string): Map<string, string> {
  const tree: unknown = parse(readFileSync(join(ROOT, `views/texts/${language}.yaml`), 'utf8'));
  return new Map(leavesOf(tree));
}

function leavesOf(tree: unknown, path: readonly string[] = []): [string, string][] {
  if (typeof tree === 'string') return [[path.join('.'), tree]];
  return Object.entries(Object(tree)).flatMap(([name, branch]) => leavesOf(branch, [...path, name]));
}

/** What is filled into a text, whatever the order. */
function gapsOf(text: string): string {
  return [...text.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name)
    .sort()
    .join();
}

function filesUnder(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ts|eta)$/.test(path) && !path.includes('generated'))
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
}
