// A mail server on a free port that keeps what it is sent, and reads it with a parser that is not ours.
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

const PATIENCE_MILLISECONDS = 10_000;

export interface ReceivedMail extends Email {
  /** Envelope recipients. */
  readonly recipients: readonly string[];
  readonly text: string;
  readonly html: string;
}

export class MailSink {
  readonly received: ReceivedMail[] = [];
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer) {
    this.#server = server;
  }

  static async start(): Promise<MailSink> {
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      onData(stream, { envelope }, done) {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        stream
          .toArray()
          .then((chunks) => PostalMime.parse(Buffer.concat(chunks)))
          .then((mail) =>
            sink.received.push({ ...mail, text: mail.text ?? '', html: mail.html ?? '', recipients }),
          )
          .then(() => done(), done);
      },
    });
    const sink = new MailSink(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return sink;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  /** The next mail with that subject, taken out; fails when none comes. */
  async take(subject: string): Promise<ReceivedMail> {
    for (const until = Date.now() + PATIENCE_MILLISECONDS; Date.now() < until; await sleep(20)) {
      const index = this.received.findIndex((mail) => mail.subject === subject);
      const [mail] = index < 0 ? [] : this.received.splice(index, 1);
      if (mail) return mail;
    }
    throw new Error(
      `No mail "${subject}" came; there are: ${this.received.map((mail) => mail.subject).join(', ')}`,
    );
  }

  stop(): Promise<void> {
    return new Promise((done) => this.#server.close(done));
  }
}

/** The one link in a mail. */
export function linkIn({ text }: Pick<ReceivedMail, 'text'>): URL {
  const [link, ...more] = text.match(/https?:\/\/\S+/g) ?? [];
  if (link === undefined || more.length > 0) throw new Error(`Not one link in: ${text}`);
  return new URL(link);
}
