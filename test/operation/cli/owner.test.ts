import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { execute, gatelodgeProgram } from '../../../src/operation/cli/execute.ts';
import { answerCommands } from '../../../src/operation/cli/owner.ts';
import { runAtOwner } from '../../../src/operation/cli/owner-client.ts';
import { readNewPassword } from '../../../src/operation/cli/password.ts';
import type { Terminal } from '../../../src/operation/cli/terminal.ts';
import { Conflict, InvalidInput } from '../../../src/platform/problem/problem.ts';

/** A noun whose verbs do what commands do: speak, ask, refuse, break. */
function echoCommand(terminal: Terminal): Command {
  const noun = new Command('echo');
  noun
    .command('say')
    .argument('<text>')
    .action((text: string) => terminal.print(text));
  noun
    .command('password')
    .option('--password-stdin')
    .action(async (options: { passwordStdin?: boolean }) => {
      terminal.print(`got ${await readNewPassword(terminal, options)}`);
    });
  noun.command('conflict').action(() => {
    throw new Conflict('It is taken.');
  });
  noun.command('invalid').action(() => {
    throw new InvalidInput({ slug: ['Too long.'] });
  });
  return noun;
}

function recordingTerminal(input = '', secrets: string[] = []) {
  const written = { out: '', err: '' };
  const terminal: Terminal = {
    isInteractive: secrets.length > 0,
    print(text) {
      written.out += `${text}\n`;
    },
    printError(text) {
      written.err += `${text}\n`;
    },
    readInput: async () => input,
    readSecret: async () => secrets.shift() ?? '',
  };
  return { terminal, written };
}

describe('a command that the running server answers', () => {
  let directory: string;
  let server: Server;
  let socketPath: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gatelodge-owner-'));
    socketPath = join(directory, 'owner.sock');
    const answer = answerCommands((argv, terminal) =>
      execute(gatelodgeProgram([echoCommand(terminal)], '1.2.3'), argv, terminal),
    );
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  });

  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });

  async function run(argv: string[], input?: string, secrets?: string[]) {
    const { terminal, written } = recordingTerminal(input, secrets);
    const exit = await runAtOwner(connect(socketPath), argv, terminal);
    return { exit, ...written };
  }

  it.each([
    { name: 'done', argv: ['echo', 'say', 'Grüße\u2028zwei'], exit: 0, out: 'Grüße\u2028zwei\n', err: '' },
    { name: 'the version', argv: ['--version'], exit: 0, out: '1.2.3\n', err: '' },
    {
      name: 'a refusal',
      argv: ['echo', 'conflict'],
      exit: 1,
      out: '',
      err: 'Refused (conflict): It is taken.\n',
    },
    {
      name: 'wrong input',
      argv: ['echo', 'invalid'],
      exit: 1,
      out: '',
      err: 'Refused (invalid_input):\n  slug: Too long.\n',
    },
  ])('ends with the exit code and the words of $name', async ({ argv, exit, out, err }) => {
    expect(await run(argv)).toEqual({ exit, out, err });
  });

  it.each([[['echo', 'shout']], [['echo', 'say']], [['ecco']], [[]]])(
    'ends with 2 for the wrong usage %j',
    async (argv) => {
      const { exit, out, err } = await run(argv);
      expect({ exit, out }).toEqual({ exit: 2, out: '' });
      expect(err).not.toBe('');
    },
  );

  it('reads a piped password from the other process', async () => {
    expect(await run(['echo', 'password', '--password-stdin'], 'correct horse\n')).toEqual({
      exit: 0,
      out: 'got correct horse\n',
      err: '',
    });
  });

  it('asks a person twice, and refuses two different answers', async () => {
    expect(await run(['echo', 'password'], '', ['one', 'one'])).toMatchObject({ exit: 0, out: 'got one\n' });
    expect(await run(['echo', 'password'], '', ['one', 'two'])).toMatchObject({ exit: 1 });
  });

  it('is not disturbed by a process that only looks whether the directory is taken', async () => {
    const curious = connect(socketPath);
    await new Promise((resolve) => curious.once('connect', resolve));
    curious.destroy();
    expect(await run(['echo', 'say', 'still here'])).toMatchObject({ exit: 0, out: 'still here\n' });
  });

  it('is refused in words when the server ends without answering', async () => {
    server.removeAllListeners('connection').on('connection', (socket) => socket.destroySoon());
    await expect(run(['echo', 'say', 'too late'])).rejects.toThrow('The server is starting or stopping');
  });
});
