// What can be wrong with a page however well it works: axe-core's rules (WCAG 2.2 AA and good practice) in both themes,
// and whether it fits a telephone. Every fault is a line of words.
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const DESKTOP = { width: 1280, height: 800 };
const TELEPHONE = { width: 390, height: 844 };
/** WCAG 1.4.10: a page enlarged to 400 % on a desktop is this wide. */
const NARROWEST = 320;
const MOST_CULPRITS = 3;

/** To be run in every document before its own scripts. */
export const AXE_SOURCE = axe.source;

/** The page as it is shown: wide and light, and on a telephone in the dark with everything unfolded. */
export async function inspect(page: Page, picture: (variant: string) => Promise<void>): Promise<string[]> {
  const faults = await headFaults(page);
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'light' });
  faults.push(...(await ruleFaults(page, 'light')));
  faults.push(...((await page.evaluate(NAMESAKES)) as string[]));
  await picture('1280-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture('1280-dark');
  await page.setViewportSize(TELEPHONE);
  await picture('390-dark');
  await fold(page, 'details:not(.menu)', true);
  faults.push(...(await ruleFaults(page, 'dark, on a telephone')));
  faults.push(...(await widthFaults(page)));
  await fold(page, 'details:not(.menu)', false);
  // By itself: an open menu lies over what is under it.
  if (await fold(page, '.menu', true)) faults.push(...(await ruleFaults(page, 'dark, the menu', '.menu')));
  await fold(page, '.menu', false);
  await page.emulateMedia({ colorScheme: 'light' });
  await picture('390-light');
  return faults;
}

/** What sticks out to the right on a telephone; the texts of another language may be longer. */
export async function widthFaults(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const width of [TELEPHONE.width, NARROWEST]) {
    await page.setViewportSize({ width, height: TELEPHONE.height });
    const culprits = (await page.evaluate(STICKING_OUT)) as string[];
    if (culprits.length > 0)
      faults.push(`wider than ${width}: ${culprits.slice(0, MOST_CULPRITS).join(' ')}`);
  }
  await page.setViewportSize(TELEPHONE);
  return faults;
}

const STICKING_OUT = `(() => {
  const { scrollWidth } = document.scrollingElement;
  if (scrollWidth <= innerWidth) return [];
  const isOut = (element) => element.getBoundingClientRect().right > innerWidth + 0.5;
  const outermost = [...document.querySelectorAll('body *')].filter(isOut);
  return ['(' + scrollWidth + ')', ...outermost.map((element) => element.cloneNode().outerHTML ?? '')];
})()`;

/** Who hears a list of links or buttons must know them apart: one name, one effect, within one navigation. */
const NAMESAKES = `(() => {
  const effects = new Map();
  const effectOf = (control) => {
    if (control.href !== undefined) return control.href;
    if (control.form == null) return control;
    const { form, name, value } = control;
    return [form.method, form.action, name, value, ...new FormData(form).entries()].join(' ');
  };
  return [...document.querySelectorAll('a[href], button, summary')].flatMap((control) => {
    if (!control.checkVisibility()) return [];
    const name = control.getAttribute('aria-label') ?? control.textContent.replaceAll(/\\s+/g, ' ').trim();
    const menu = control.closest('nav')?.getAttribute('aria-label') ?? '';
    const key = [menu, control.href === undefined ? 'button' : 'link', name].join(' ').trim();
    const effect = effectOf(control);
    const isOther = effects.has(key) && effects.get(key) !== effect;
    effects.set(key, effect);
    return isOther ? ['two of this name that do different things: ' + key] : [];
  });
})()`;

async function headFaults(page: Page): Promise<string[]> {
  const head = (await page.evaluate(`({
    headings: document.querySelectorAll('h1').length,
    title: document.title,
    language: document.documentElement.lang,
  })`)) as { headings: number; title: string; language: string };
  return [
    ...(head.headings === 1 ? [] : [`${head.headings} first-level headings`]),
    ...(/^\S.* · Gatelodge$/.test(head.title) ? [] : [`titled “${head.title}”`]),
    ...(head.language === 'en' ? [] : [`in the language “${head.language}”`]),
  ];
}

/** Opens or closes what can be folded; whether there is any. */
async function fold(page: Page, selector: string, isOpen: boolean): Promise<boolean> {
  const all = `document.querySelectorAll('${selector}')`;
  const count = await page.evaluate(`${all}.forEach((each) => { each.open = ${isOpen}; }), ${all}.length`);
  return Number(count) > 0;
}

async function ruleFaults(page: Page, circumstances: string, within = 'html'): Promise<string[]> {
  // Without asking for the stylesheet again, which our pages at applications' hosts may not.
  const options = { runOnly: { type: 'tag', values: RULES }, resultTypes: ['violations'], preload: false };
  const results = (await page.evaluate(`axe.run('${within}', ${JSON.stringify(options)})`)) as AxeResults;
  return results.violations.map(({ id, help, nodes }) => {
    const culprits = nodes.slice(0, MOST_CULPRITS).map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`);
    return `${id} (${circumstances}): ${help}: ${culprits.join('\n    ')}`;
  });
}
