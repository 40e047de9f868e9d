// How somebody works a page: with a mouse in a browser without JavaScript, or with nothing but the keyboard. The keyboard
// hand is strict: whatever it passes must show that it has the focus, and must come in the order of the page.
import type { Locator, Page } from 'playwright-core';

const MOST_STEPS = 120;

export interface Hand {
  readonly page: Page;
  /** Goes to an address by typing it. */
  open(address: string): Promise<void>;
  /** Types into the field with that label, instead of what stands there. */
  type(label: string | RegExp, text: string): Promise<void>;
  tick(label: string | RegExp): Promise<void>;
  /** Presses a button or follows a link to the next page. */
  press(name: string | RegExp): Promise<void>;
  /** Unfolds a menu or a question. */
  unfold(name: string | RegExp): Promise<void>;
}

/** Fields and buttons by what they are called. */
const field = (page: Page, label: string | RegExp) => page.getByLabel(label, { exact: true }).first();
const target = (page: Page, name: string | RegExp) =>
  page
    .getByRole('button', { name, exact: true })
    .or(page.getByRole('link', { name, exact: true }))
    .first();
const fold = (page: Page, name: string | RegExp) => page.locator('summary').filter({ hasText: name }).first();

/** Resolves when the next page has come, because of what was done. */
async function arriving(page: Page, act: () => Promise<void>): Promise<void> {
  const loaded = page.waitForEvent('load');
  await act();
  await loaded;
}

export function mouse(page: Page, origin: string): Hand {
  return {
    page,
    open: async (address) => void (await page.goto(new URL(address, origin).href)),
    type: (label, text) => field(page, label).fill(text),
    tick: (label) => field(page, label).click(),
    press: (name) => arriving(page, () => target(page, name).click()),
    unfold: (name) => fold(page, name).click(),
  };
}

export function keyboard(page: Page, origin: string): Hand {
  return {
    page,
    open: async (address) => void (await page.goto(new URL(address, origin).href)),
    async type(label, text) {
      await tabTo(page, field(page, label));
      await page.keyboard.press('Control+A');
      await page.keyboard.type(text);
    },
    async tick(label) {
      await tabTo(page, field(page, label));
      await page.keyboard.press('Space');
    },
    async press(name) {
      await tabTo(page, target(page, name));
      await arriving(page, () => page.keyboard.press('Enter'));
    },
    async unfold(name) {
      await tabTo(page, fold(page, name));
      await page.keyboard.press('Enter');
    },
  };
}

/** Presses Tab until the element has the focus. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let before = -1, step = 0; step < MOST_STEPS; step++) {
    const focused = (await page.evaluate(FOCUSED)) as Focused | null;
    if (focused && step > 0) {
      if (!focused.isSeen) throw new Error(`Nobody sees that the focus is here: ${focused.html}`);
      if (focused.place < before) throw new Error(`The focus goes back, to ${focused.html}`);
    }
    before = focused?.place ?? -1;
    if ((await wanted.and(page.locator(':focus')).count()) === 1) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The focus never comes to ${wanted}`);
}

interface Focused {
  readonly place: number;
  readonly isSeen: boolean;
  readonly html: string;
}

/** Null on the page itself, before the first element and after the last. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  return {
    place: [...document.querySelectorAll('*')].indexOf(element),
    isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && width > 0 && height > 0,
    html: element.cloneNode().outerHTML,
  };
})()`;
