// A visitor at Chromium who inspects each page that comes up and remembers which routes and templates those were, so
// that a page nobody looked at is found. With PICTURES=<directory> every page is photographed on the way.
import path from 'node:path';
import type { BrowserContextOptions, Page, Response } from 'playwright-core';
import type { Chromium, Visitor } from '../../support/chromium.ts';
import { AXE_SOURCE, inspect, widthFaults } from './inspection.ts';

const PICTURES = process.env.PICTURES;
const ELSEWHERE = '<!doctype html><html lang="en"><title>Elsewhere</title>';
const PATIENCE_MILLISECONDS = 60_000;

/** Looked at by all visitors of a suite: their pictures lie in one directory. */
let pages = 0;

export class Tour {
  readonly page: Page;
  /** Paths and templates of the pages that were inspected. */
  readonly paths = new Set<string>();
  readonly templates = new Set<string>();
  /** What stood on them. */
  readonly texts: string[] = [];
  readonly #visitor: Visitor;
  /** Ours: first that of the house, then those of its applications. */
  readonly #origins: readonly string[];
  readonly #faults: string[] = [];
  readonly #strangers: string[] = [];
  /** The page that is shown, and the addresses of all since the console was last read. */
  #document: Response | undefined;
  readonly #documents = new Set<string>();
  #headers: Readonly<Record<string, string>> = {};

  /** Begins in an empty profile; whatever is asked of another origin than these is a fault. */
  static async begin(
    chromium: Chromium,
    origins: readonly string[],
    options?: BrowserContextOptions,
  ): Promise<Tour> {
    // Without motion: colours are measured while the theme changes.
    // The language by a header: a locale would win against the German that is asked for later.
    const english = { extraHTTPHeaders: { 'accept-language': 'en' } };
    const visitor = await chromium.visitor({ ...english, reducedMotion: 'reduce', ...options });
    visitor.page.setDefaultTimeout(PATIENCE_MILLISECONDS);
    await visitor.page.addInitScript(AXE_SOURCE);
    // Applications that a page shows or leads to: all alike, and nothing leaves this machine.
    await visitor.page.route(
      (url) => !origins.includes(url.origin),
      (route) => route.fulfill({ contentType: 'text/html', body: ELSEWHERE }),
    );
    return new Tour(visitor, origins);
  }

  private constructor(visitor: Visitor, origins: readonly string[]) {
    this.#visitor = visitor;
    this.#origins = origins;
    this.page = visitor.page;
    this.page.on('request', (request) => {
      const { protocol, origin: asked } = new URL(request.url());
      const isForeign = protocol.startsWith('http') && !origins.includes(asked);
      if (isForeign && !request.isNavigationRequest()) this.#strangers.push(request.url());
    });
    this.page.on('response', (response) => {
      const request = response.request();
      if (request.isNavigationRequest() && request.frame() === this.page.mainFrame())
        this.#remember(response);
    });
  }

  /** HTTP status of the page that is shown. */
  get status(): number | undefined {
    return this.#document?.status();
  }

  /** What was wrong with the pages since it was last asked. */
  takeFaults(): string[] {
    return this.#faults.splice(0);
  }

  /** Goes to an address and inspects what is there. */
  async open(address: string): Promise<void> {
    const { href, pathname } = new URL(address, this.#origins[0]);
    this.paths.add(pathname);
    await this.page.goto(href);
    await this.look();
  }

  /** From now on the browser's requests come with what a proxy would add. */
  async behindProxy(headers: Readonly<Record<string, string>>): Promise<void> {
    this.#headers = headers;
    await this.page.setExtraHTTPHeaders(headers);
  }

  /** Inspects what is shown now, and once more in German, whose words are longer, unless that would send a form again. */
  async look(): Promise<void> {
    const template = String(await this.page.evaluate(`document.body.dataset.page ?? ''`));
    const { pathname } = new URL(this.page.url());
    this.templates.add(template);
    this.texts.push(String(await this.page.evaluate(`document.querySelector('main')?.innerText ?? ''`)));
    this.paths.add(pathname);
    pages += 1;
    const name = `${String(pages).padStart(2, '0')}-${template.replace('/', '-')}`;
    const faults = await inspect(this.page, (variant) => this.#picture(`${name}-${variant}`));
    if (this.#document?.request().method() === 'GET') faults.push(...(await this.#germanFaults(name)));
    faults.push(...this.#strangers.splice(0).map((url) => `asks ${url}`), ...this.#takeConsole());
    this.#faults.push(...faults.map((fault) => `${pathname} (${template}): ${fault}`));
  }

  /** Fills in the form and presses its first button (or the given one), past the browser's own checks of the fields. */
  async submit(
    typed: Readonly<Record<string, string>>,
    selector = 'main form',
    button?: string,
  ): Promise<void> {
    const form = this.page.locator(selector).first();
    await this.page.evaluate('for (const form of document.forms) form.noValidate = true');
    for (const [name, value] of Object.entries(typed)) await form.locator(`[name="${name}"]`).fill(value);
    const loaded = this.page.waitForEvent('load');
    await form
      .locator(button ?? 'button:visible')
      .first()
      .click();
    await loaded;
  }

  leave(): Promise<void> {
    return this.#visitor.leave();
  }

  async #germanFaults(name: string): Promise<string[]> {
    await this.page.setExtraHTTPHeaders({ ...this.#headers, 'accept-language': 'de' });
    await this.page.reload();
    const faults = await widthFaults(this.page);
    if ((await this.page.evaluate('document.documentElement.lang')) !== 'de') faults.push('it is not German');
    await this.#picture(`${name}-390-german`);
    await this.page.setExtraHTTPHeaders(this.#headers);
    return faults.map((fault) => `in German, ${fault}`);
  }

  #remember(document: Response): void {
    this.#document = document;
    this.#documents.add(document.url());
  }

  /** A refusal's own document is no fault, though browsers write its status to the console. */
  #takeConsole(): string[] {
    const isRefusal = (fault: string) =>
      fault.startsWith('Failed to load resource') &&
      [...this.#documents].some((url) => fault.endsWith(`(${url})`));
    const faults = this.#visitor.faults as string[];
    const seen = faults.splice(0).filter((fault) => !isRefusal(fault));
    this.#documents.clear();
    return seen;
  }

  async #picture(name: string): Promise<void> {
    if (!PICTURES) return;
    const viewport = this.page.viewportSize() ?? { width: 1280, height: 800 };
    const height = Number(await this.page.evaluate('document.documentElement.scrollHeight'));
    await this.page.setViewportSize({ ...viewport, height: Math.max(viewport.height, height) });
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
    await this.page.setViewportSize(viewport);
  }
}
