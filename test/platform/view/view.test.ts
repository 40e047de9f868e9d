import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Assets } from '../../../src/platform/view/assets.ts';
import { page } from '../../../src/platform/view/page.ts';
import { loadTexts } from '../../../src/platform/view/texts.ts';
import { type Frame, View } from '../../../src/platform/view/view.ts';
import { faultsOf } from '../../support/page-faults.ts';
import { ROOT, specimenView } from '../http/lodge.ts';

const frame: Frame = {
  t: loadTexts(join(ROOT, 'views/texts')).for('en'),
  language: 'en',
  path: '/if/admin/',
  requestId: 'request-1',
  viewer: { username: 'anna', name: 'Anna', isAdministrator: true },
  csrf: () => 'token',
  problem: null,
  typed: {},
  notice: null,
};

function viewOf(templates: Record<string, string>): View {
  const directory = mkdtempSync(join(tmpdir(), 'gatelodge-view-'));
  for (const [name, source] of Object.entries(templates)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, `${name}.eta`), source);
  }
  return new View({ directory, assets: new Assets([]) });
}

function render(
  source: string,
  data: Record<string, unknown>,
  partials: Record<string, string> = {},
): string {
  return viewOf({ 'some/page': source, ...partials }).render(page('some/page', 'Title', data), frame);
}

describe('a template', () => {
  it('escapes what it prints, backticks too', () => {
    expect(render('<%= it.name %>', { name: `<a href='x' id="y">&\`` })).toBe(
      '&lt;a href=&#39;x&#39; id=&quot;y&quot;&gt;&amp;&#96;',
    );
  });

  it('cannot read what its page does not give', () => {
    expect(() => render('<% if (it.nmae) { %>x<% } %>', { name: 'x' })).toThrow(
      /some\/page\.eta reads it\.nmae/,
    );
  });

  it.each([undefined, null, {}, [], true, () => 'x'])('cannot print %p', (hole) => {
    expect(() => render('<%= it.row.hole %>', { row: { hole } })).toThrow(/prints/);
    expect(() => render('<%~ it.row.hole %>', { row: { hole } })).toThrow(/prints/);
  });

  it('may ask whether something is there', () => {
    expect(render(`<% if ('hint' in it) { %>x<% } %>y`, {})).toBe('y');
  });

  it('shows a partial only what it passes on', () => {
    const partials = { 'partials/name': `<%= it.first %><%= it.last ?? '–' %>` };
    expect(render(`<%~ it.part('name', { first: 'A' }) %>`, { last: 'secret' }, partials)).toBe('A–');
  });

  it('cannot take a name that every page has', () => {
    expect(() => render('', { viewer: null })).toThrow(/it\.viewer is taken/);
  });

  it('with a syntax error stops the start, by name', () => {
    expect(() => viewOf({ 'some/page': '<% if ( { %>' }).compile()).toThrow(/some\/page\.eta/);
  });
});

describe('our templates', () => {
  const view = specimenView();

  it('all compile', () => expect(() => view.compile()).not.toThrow());

  it.each(['specimen/signin', 'specimen/app'])('show every part without a fault: %s', (template) => {
    const html = view.render(page(template, 'Specimen'), frame);
    expect(faultsOf(html)).toEqual([]);
    const problem = { uid_field: ['Wrong.'], slug: ['Taken.'], non_field_errors: ['No.'] };
    const again = view.render(page(template, 'Specimen'), { ...frame, problem, notice: 'Saved.' });
    expect(faultsOf(again)).toEqual([]);
    expect(again).toContain('Saved.');
  });

  it('show the administration only to administrators', () => {
    const viewer = { username: 'ben', name: '', isAdministrator: false };
    const html = view.render(page('specimen/app', 'Specimen'), { ...frame, viewer });
    expect(html).not.toContain('href="/if/admin/">Administration');
    expect(html).toContain('ben');
  });

  it('use only classes that the stylesheet has', () => {
    const css = textsUnder('views/assets/gatelodge.css').join('\n');
    const used = textsUnder('views', '.eta').flatMap((source) =>
      [...source.matchAll(/class="([\w -]+)/g)].flatMap(([, classes = '']) => classes.trim().split(/\s+/)),
    );
    const isKnown = (name: string) => css.includes(`.${name}`);
    expect([...new Set(used)].filter((name) => !isKnown(name))).toEqual([]);
  });
});

function textsUnder(folder: string, ending = ''): string[] {
  const directory = join(ROOT, folder);
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.\w+$/.test(path) && path.endsWith(ending))
    .map((path) => readFileSync(join(directory, path), 'utf8'));
}
