// One wording for what Zod finds, whoever asked: a form, the API, a command, a rule.
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { translateFields } from '../../src/platform/http/input.ts';
import { InvalidInput } from '../../src/platform/problem/problem.ts';
import { validate } from '../../src/platform/problem/validate.ts';
import { loadTexts } from '../../src/platform/view/texts.ts';

const texts = loadTexts(path.resolve(import.meta.dirname, '../../views/texts'));

const schema = z.strictObject({
  name: z.string().min(1).max(5),
  email: z.email().optional(),
  slug: z
    .string()
    .regex(/^[a-z]*$/, 'Use letters only.')
    .optional(),
  kind: z.enum(['tea', 'coffee']).optional(),
  links: z
    .array(z.strictObject({ url: z.url() }))
    .max(1)
    .optional(),
});

function findings(value: unknown, language = 'en'): unknown {
  try {
    return validate(schema, value);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return translateFields(error.fields, texts.for(language));
  }
}

describe('what is wrong with a value', () => {
  it.each([
    ['a missing field', {}, { name: ['Fill this in.'] }],
    ['a blank one', { name: '' }, { name: ['Fill this in.'] }],
    ['one that is too long', { name: 'abcdef' }, { name: ['Use at most 5 characters.'] }],
    ['another type', { name: 7 }, { name: ['This must be of the type string.'] }],
    [
      'a format',
      { name: 'a', email: 'x' },
      { email: ['Enter an e-mail address, such as name@example.com.'] },
    ],
    ['what a schema says itself', { name: 'a', slug: '1' }, { slug: ['Use letters only.'] }],
    ['a choice', { name: 'a', kind: 'x' }, { kind: ['Choose one of these: tea, coffee.'] }],
    [
      'a field that is not declared',
      { name: 'a', admin: true },
      {
        admin: ['There is no such field, or it cannot be set here.'],
      },
    ],
    [
      'something inside a list, with its place',
      { name: 'a', links: [{ url: 'x' }] },
      {
        links: ['0.url: Enter a whole address, such as https://app.example.com.'],
      },
    ],
    [
      'an undeclared field inside a list',
      { name: 'a', links: [{ url: 'https://a.test', more: 1 }] },
      {
        links: ['0: There is no such field, or it cannot be set here.'],
      },
    ],
    ['no object at all', 'text', { non_field_errors: ['This must be of the type object.'] }],
  ])('is said in words: %s', (_, value, expected) => expect(findings(value)).toEqual(expected));

  it('is said in the language of the reader', () => {
    expect(findings({ name: '' }, 'de')).toEqual({ name: [texts.for('de')('input.required')] });
    expect(texts.for('de')('input.required')).not.toBe(texts.for('en')('input.required'));
  });
});
