// What a command talks to: the person's terminal, whether the command runs in their own process or, through the data
// directory's socket, in the server's. Output is buffered by neither side; secrets are read, never taken from argv.

/** Where a command writes and reads; both ways of running a command implement it. */
export interface Terminal {
  /** A person is there to be asked; false in scripts and pipes. */
  readonly isInteractive: boolean;
  print(text: string): void;
  printError(text: string): void;
  /** Asks with hidden input; only when `isInteractive`. */
  readSecret(prompt: string): Promise<string>;
  /** Everything on standard input, for `--password-stdin`. */
  readInput(): Promise<string>;
}

/** What a command's surface is made from: the terminal, and the program's parts, opened only when a command runs. */
export interface Shell<Needs> {
  readonly terminal: Terminal;
  open(): Promise<Needs>;
}

const INPUT_LIMIT_CHARACTERS = 64 * 1024;

/** Collects a stream of text; throws when it is larger than any password or file that a command takes. */
export async function readText(stream: AsyncIterable<string | Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk.toString();
    if (text.length > INPUT_LIMIT_CHARACTERS) throw new RangeError('Standard input is larger than 64 KiB.');
  }
  return text;
}
