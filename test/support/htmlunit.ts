// HtmlUnit, which the OpenID Foundation's conformance suite drives pages with, in a Java process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

const DIRECTORY = path.resolve(import.meta.dirname, '../applications/htmlunit');
const PACKAGES = path.join(DIRECTORY, 'packages');
const JAVA = '/usr/bin/java';

/** Whether scripts/test-packages has installed it. */
export const hasHtmlUnit: boolean = existsSync(PACKAGES) && existsSync(JAVA);

/** What is open: its status, address and title. */
export interface OpenPage {
  readonly status: number;
  readonly url: URL;
  readonly title: string;
}

/** One person's browser; it fails at what fails there, errors in scripts included. */
export class HtmlUnit {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #errors = '';

  constructor(scripts: 'with-scripts' | 'without-scripts') {
    const args = ['-cp', path.join(PACKAGES, '*'), path.join(DIRECTORY, 'Remote.java'), scripts];
    const child = spawn(JAVA, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr.on('data', (chunk) => {
      this.#errors += chunk;
    });
    this.#process = child;
    this.#answers = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  visit(url: string): Promise<OpenPage> {
    return this.#order(`visit ${url}`);
  }

  /** Types into the field with that name. */
  type(name: string, value: string): Promise<OpenPage> {
    return this.#order(`type ${name} ${value}`);
  }

  /** Clicks the first element that matches; the selector has no spaces. */
  click(selector: string): Promise<OpenPage> {
    return this.#order(`click ${selector}`);
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await ended;
  }

  async #order(line: string): Promise<OpenPage> {
    this.#process.stdin?.write(`${line}\n`);
    const { value = '' } = await this.#answers.next();
    const [, status, url, title = ''] = /^(\d+) (\S+) (.*)$/.exec(value) ?? [];
    if (status === undefined || url === undefined) throw new Error(`${line}: ${value}${this.#errors}`);
    return { status: Number(status), url: new URL(url), title };
  }
}
