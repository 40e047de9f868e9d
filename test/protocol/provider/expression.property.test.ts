// What an expression cannot do, whatever it says: reach the process, go on for ever, or use up memory.
import { afterAll, describe, expect, it } from '@jest/globals';
import { MAX_EXPRESSION, readExpression } from '../../../src/protocol/provider/expression/language.ts';
import { Sandbox } from '../../../src/protocol/provider/expression/sandbox.ts';

const sandbox = new Sandbox();
const variables = {
  user: {
    id: 7,
    username: 'alice',
    email: 'alice@example.com',
    attributes: { unix: { shell: '/bin/fish' } },
  },
  groups: ['admins', 'family'],
  application: { slug: 'wiki', name: 'Wiki', client_id: 'wiki' },
  request: { scopes: ['openid'] },
};

afterAll(() => sandbox.close());

describe('An expression', () => {
  it.each([
    ['"admins" in groups ? "consoleAdmin" : none', 'consoleAdmin'],
    ['"nobody" in groups ? "consoleAdmin" : none', null],
    ['groups.map(g, "role-" + g)', ['role-admins', 'role-family']],
    ['user.attribute("unix.shell")', '/bin/fish'],
    ['user.attribute("unix.home")', null],
    ['user.attribute("constructor.name")', null],
    ['user.id + 1', 8],
    ['{"scopes": request.scopes, "of": application.slug}', { scopes: ['openid'], of: 'wiki' }],
    ['user.email.split("@")[1]', 'example.com'],
  ])('%s is worked out', async (source, value) => {
    expect(await sandbox.evaluate(source, variables)).toEqual({ ok: true, value });
  });

  it.each([
    'process.exit()',
    'globalThis',
    'require("fs")',
    'import("fs")',
    'user.constructor.constructor("return process")()',
    'constructor',
    'this',
    '__proto__',
    'eval("1")',
    'Function("1")',
    'fetch("http://localhost")',
  ])('has no name for anything outside: %s', async (source) => {
    expect(await sandbox.evaluate(source, variables)).toMatchObject({ ok: false });
  });

  it.each(['user.constructor', 'user.__proto__', 'user["constructor"]', 'user.attributes.toString'])(
    'finds nothing that was not given to it: %s',
    async (source) => {
      expect(await sandbox.evaluate(source, variables)).toEqual({
        ok: false,
        reason: expect.stringContaining('No such key'),
      });
    },
  );

  const doubled = (start: string, step: string) => `[${start}]${step.repeat(28)}`;
  it.each([
    ['lists that double', doubled('groups', '.map(a, a + a)')],
    ['text that doubles', doubled('"xx"', '.map(a, a + a)')],
    [
      'lists of themselves, compared',
      `${doubled('[1]', '.map(a, [a, a])')} == ${doubled('[1]', '.map(a, [a, a])')}`,
    ],
    ['lists of themselves, given back', doubled('[1]', '.map(a, [a, a])')],
    ['a pattern that backtracks', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")'],
    ['bytes, which lie outside of its memory', doubled('b"xx"', '.map(a, a + a)')],
    ['bytes made from text', doubled('bytes("xx")', '.map(a, a + a)')],
    ['parentheses without end', '('.repeat(MAX_EXPRESSION)],
    ['more than fits on a page', `"${'x'.repeat(MAX_EXPRESSION)}"`],
    [
      'a result that no token could carry',
      'request.scopes.map(s, groups).map(g, "x".split("")).map(a, [a,a,a,a])'.replace(
        '"x"',
        `"${'x'.repeat(2000)}"`,
      ),
    ],
  ])('ends soon, and alone, in spite of %s', async (_name, source) => {
    const memoryBefore = process.memoryUsage().rss;
    const startedAt = performance.now();
    expect(await sandbox.evaluate(source, variables)).toMatchObject({ ok: false });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(150 * 1024 * 1024);
    expect(await sandbox.evaluate('"still here"', variables)).toEqual({ ok: true, value: 'still here' });
  });

  it('that ran out of time rests before it may try again', async () => {
    const source = '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")';
    await sandbox.evaluate(source, variables);
    const startedAt = performance.now();
    expect(await sandbox.evaluate(source, variables)).toMatchObject({ ok: false });
    expect(performance.now() - startedAt).toBeLessThan(50);
  });

  it('does not wait for one that ran out of time but for its moment', async () => {
    const slow = sandbox.evaluate(
      '"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb!".matches("(b+)+$")',
      variables,
    );
    const quick = sandbox.evaluate('1 + 1', variables);
    expect(await slow).toMatchObject({ ok: false });
    expect(await quick).toEqual({ ok: true, value: 2 });
  });

  it.each([
    ['1 +', /Expected|Unexpected/],
    ['nobody.knows', /Unknown variable: nobody/],
    ['groups + 1', /no such overload/],
    ['"x" in groups ? "a" : null', /Write none where there is no value/],
  ])('that cannot be read is refused with the reason: %s', (source, reason) => {
    expect(readExpression(source)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});
