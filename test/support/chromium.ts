// Debian's Chromium, driven by playwright-core, for what only a real browser can show: cookies across sites, the
// content security policy, focus, and what a person sees. Every visitor is a fresh profile.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const EXECUTABLE = process.env.TEST_CHROMIUM ?? '/usr/bin/chromium';
const QUIET_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** One person at one browser. */
export interface Visitor {
  readonly page: Page;
  /** Console errors (content security policy included) and uncaught exceptions, in the order they were seen. */
  readonly faults: readonly string[];
  leave(): Promise<void>;
}

export interface Chromium {
  /** Opens an empty profile. */
  visitor(options?: BrowserContextOptions): Promise<Visitor>;
  close(): Promise<void>;
}

/** Whether the browser is installed here. */
export const hasChromium: boolean = existsSync(EXECUTABLE);

/** Starts the browser with a new, empty user data directory; `hosts` names addresses, for example `127.0.0.1:9000`. */
export async function startChromium(hosts: Readonly<Record<string, string>> = {}): Promise<Chromium> {
  const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`);
  const args = rules.length > 0 ? [...QUIET_FLAGS, `--host-resolver-rules=${rules.join(',')}`] : QUIET_FLAGS;
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: [...args] });
  return { visitor: (options) => openVisitor(browser, options), close: () => browser.close() };
}

async function openVisitor(browser: Browser, options?: BrowserContextOptions): Promise<Visitor> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url})`);
  });
  return { page, faults, leave: () => context.close() };
}
