import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createMailer } from '../../src/platform/mail/mail.ts';
import { Unavailable } from '../../src/platform/problem/problem.ts';

const MAIL = {
  to: 'ann@example.com',
  subject: 'Grüße: confirm your address',
  text: 'Open https://auth.example.com/',
  html: '<p>Open <a href="https://auth.example.com/">this</a></p>',
};
const silent = pino({ level: 'silent' });

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
}

const servers: SMTPServer[] = [];
afterEach(() =>
  Promise.all(servers.splice(0).map((server) => new Promise<void>((done) => server.close(done)))),
);

/** A mail server on a free port that keeps what it is sent. */
async function startSink(
  options: SMTPServerOptions = {},
): Promise<{ address: string; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    ...options,
    onData(stream, { envelope }, done) {
      stream.toArray().then((chunks) => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        received.push({
          from,
          to: envelope.rcptTo.map(({ address }) => address),
          content: Buffer.concat(chunks).toString(),
        });
        done();
      }, done);
    },
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { address: `127.0.0.1:${(server.server.address() as AddressInfo).port}`, received };
}

const mailerTo = (smtpUrl: string) =>
  createMailer({ smtpUrl, mailFrom: 'Gatelodge <auth@example.com>', isDevelopment: false }, silent);

describe('a mail', () => {
  it('reaches the mail server as text and HTML, from the configured sender', async () => {
    const { address, received } = await startSink();
    const mailer = mailerTo(`smtp://${address}`);
    expect(mailer.isConfigured).toBe(true);

    await mailer.send(MAIL);
    mailer.close();

    expect(received).toEqual([
      {
        from: 'auth@example.com',
        to: ['ann@example.com'],
        content: expect.stringContaining('multipart/alternative'),
      },
    ]);
    const [mail] = received;
    expect(mail?.content).toContain('From: Gatelodge <auth@example.com>');
    expect(mail?.content).toContain('Subject: =?UTF-8?');
    expect(mail?.content).toContain(MAIL.text);
    expect(mail?.content).toContain('<p>Open <a href=');
  });

  it('is sent with the user and password of the address', async () => {
    const credentials: unknown[] = [];
    const { address, received } = await startSink({
      authOptional: false,
      onAuth({ username, password }, _session, done) {
        credentials.push([username, password]);
        done(null, { user: username });
      },
    });
    await mailerTo(`smtp://ann%40home:p%2Fw@${address}`).send(MAIL);
    expect(credentials).toEqual([['ann@home', 'p/w']]);
    expect(received).toHaveLength(1);
  });

  it.each([
    ['a second address', 'ann@example.com, eve@evil.test'],
    ['a header', 'ann@example.com\r\nBcc: eve@evil.test'],
  ])('never goes to %s that hides in the first', async (_what, to) => {
    const { address, received } = await startSink();
    await mailerTo(`smtp://${address}`)
      .send({ ...MAIL, to })
      .catch(() => undefined);
    expect(received.flatMap((mail) => mail.to)).not.toContain('eve@evil.test');
  });

  it.each([
    [
      'refuses it',
      {
        onRcptTo: (_address: unknown, _session: unknown, done: (error: Error) => void) =>
          done(new Error('No.')),
      },
    ],
    [
      'wants another password',
      { onAuth: (_a: unknown, _s: unknown, done: (error: Error) => void) => done(new Error('No.')) },
    ],
  ])('is reported as unavailable, with the cause for the log, when the server %s', async (_what, options) => {
    const { address } = await startSink(options);
    const failure = await mailerTo(`smtp://ann:Hunter2@${address}`)
      .send(MAIL)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({
      message: 'The mail could not be sent. Try again later.',
      cause: expect.anything(),
    });
    expect(String((failure as Unavailable).cause)).not.toContain('Hunter2');
  });

  it('is reported as unavailable when nobody listens', async () => {
    await expect(mailerTo('smtp://127.0.0.1:1').send(MAIL)).rejects.toBeInstanceOf(Unavailable);
  });
});

describe('without a mail server', () => {
  it('features can tell, and sending says what is missing', async () => {
    const mailer = createMailer({ mailFrom: 'a@b.test', isDevelopment: false }, silent);
    expect(mailer.isConfigured).toBe(false);
    await expect(mailer.send(MAIL)).rejects.toThrow('SMTP_URL is missing');
  });

  it.each([
    [true, expect.stringContaining(MAIL.text)],
    [false, expect.not.stringContaining(MAIL.text)],
  ])('a mail is printed in development alone (development: %s)', async (isDevelopment, expected) => {
    const script = `
      const { createMailer } = await import(${JSON.stringify(new URL('../../src/platform/mail/mail.ts', import.meta.url))});
      const { createLog } = await import(${JSON.stringify(new URL('../../src/platform/telemetry/log.ts', import.meta.url))});
      const log = createLog({ logLevel: 'trace', logFormat: 'json' });
      const mailer = createMailer({ mailFrom: 'a@b.test', isDevelopment: ${isDevelopment} }, log);
      await mailer.send(${JSON.stringify(MAIL)}).catch((error) => log.error(error));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toEqual(expected);
  });
});
