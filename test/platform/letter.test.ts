// Issue 5: every kind of mail, in every language, through a real SMTP server: well-formed text and HTML that say the same,
// with links on the configured host and nowhere else.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'node-html-parser';
import { pino } from 'pino';
import type { Letter, LetterKind } from '../../src/platform/mail/letter.ts';
import { createMailer, type Mailer } from '../../src/platform/mail/mail.ts';
import { Post } from '../../src/platform/mail/post.ts';
import { loadTexts } from '../../src/platform/view/texts.ts';
import { MailSink, type ReceivedMail } from '../support/mail-sink.ts';

const URL_OF_US = 'https://auth.example.test';
const texts = loadTexts(path.resolve(import.meta.dirname, '../../views/texts'));
const log = pino({ level: 'silent' });

/** Kinds as the catalogue has them: one that is added there is tested here. */
const kinds = texts.keys
  .map((key) => /^mail\.(\w+)\.subject$/.exec(key)?.[1])
  .filter((kind): kind is LetterKind => kind !== undefined);

/** Whatever a text fills in; one value is an attempt to write HTML. */
const VALUES = {
  username: 'anna',
  email: 'anna@example.test',
  host: 'auth.example.test',
  browser: '<b>Firefox</b>',
  address: '203.0.113.7',
  moment: 'today',
  minutes: 10,
  left: 9,
};

describe.each(texts.languages)('in the language %s', (language) => {
  let sink: MailSink;
  let mailer: Mailer;
  let post: Post;
  beforeAll(async () => {
    sink = await MailSink.start();
    const config = {
      smtpUrl: sink.url,
      mailFrom: 'gatelodge@example.test',
      url: URL_OF_US,
      isDevelopment: false,
    };
    mailer = createMailer(config, log);
    post = new Post({ mailer, texts, config, log });
  });
  afterAll(async () => {
    await post.close();
    mailer.close();
    await sink.stop();
  });

  async function send(kind: LetterKind): Promise<ReceivedMail> {
    const hasAction = texts.has(`mail.${kind}.action`);
    const letter: Letter = {
      kind,
      to: { email: 'anna@example.test', name: 'Anna <i>Å</i>\r\nBcc: evil@example.test', language },
      values: VALUES,
      ...(hasAction && { path: '/if/flow/x/?flow_token=abc&more=1' }),
      ...(kind === 'signInCode' && { code: '123456' }),
    };
    await post.send(letter);
    const mail = sink.received.pop();
    if (!mail) throw new Error(`no mail of the kind ${kind} has come`);
    return mail;
  }

  it.each(kinds)('the mail "%s" is well-formed, complete, and leads to us', async (kind) => {
    const mail = await send(kind);
    const t = texts.for(language);
    expect(mail.subject).toBe(t(`mail.${kind}.subject`, VALUES));
    expect(mail.recipients).toEqual(['anna@example.test']);
    const html = parse(mail.html);
    const words = html.textContent.replace(/\s+/g, ' ');
    for (const sentence of t(`mail.${kind}.text`, VALUES).trim().split('\n')) {
      expect(mail.text.replace(/\s+/g, ' ')).toContain(sentence);
      expect(words).toContain(sentence);
    }
    expect(html.querySelector('html')?.getAttribute('lang')).toBe(language);
    expect(html.querySelectorAll('b, i, script, img')).toEqual([]);
    expect(mail.text + mail.html).not.toMatch(/\{\w+\}|undefined/);
    const links = html
      .querySelectorAll('a')
      .map((a) => a.getAttribute('href')?.replaceAll('&amp;', '&') ?? '');
    const written = mail.text.match(/https?:\/\/\S+/g) ?? [];
    expect(links).toEqual(written);
    expect(written).toHaveLength(texts.has(`mail.${kind}.action`) ? 1 : 0);
    for (const link of written) expect(new URL(link).origin).toBe(URL_OF_US);
  });
});
