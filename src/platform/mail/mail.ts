// Sends mails by SMTP_URL. Mails carry links that sign people in, so they go to the log only in development; without a
// mail server elsewhere, `isConfigured` lets features say that they need one.
import { createTransport, type Transporter } from 'nodemailer';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { Unavailable } from '../problem/problem.ts';

export interface Mail {
  /** One address; a list is never read from it. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mailer {
  /** Whether a mail that is sent now has somewhere to go. */
  readonly isConfigured: boolean;
  /** Resolves when the mail server has taken the mail; throws Unavailable when it has not. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

const CONNECT_MILLISECONDS = 10_000;
const SILENCE_MILLISECONDS = 30_000;

/** The mailer that the settings ask for: SMTP, the log (in development), or none. */
export function createMailer(
  config: Pick<Config, 'smtpUrl' | 'mailFrom' | 'isDevelopment'>,
  log: Logger,
): Mailer {
  if (config.smtpUrl) return smtpMailer(config.smtpUrl, config.mailFrom);
  return config.isDevelopment ? logMailer(log) : noMailer();
}

function smtpMailer(smtpUrl: string, from: string): Mailer {
  const transport: Transporter = createTransport(
    {
      url: smtpUrl,
      connectionTimeout: CONNECT_MILLISECONDS,
      greetingTimeout: CONNECT_MILLISECONDS,
      socketTimeout: SILENCE_MILLISECONDS,
    },
    { from, disableFileAccess: true, disableUrlAccess: true },
  );
  return {
    isConfigured: true,
    async send({ to, subject, text, html }) {
      try {
        await transport.sendMail({ to: { name: '', address: to }, subject, text, html });
      } catch (cause) {
        throw new Unavailable('The mail could not be sent. Try again later.', {
          cause,
          retryAfterSeconds: 60,
        });
      }
    },
    close: () => transport.close(),
  };
}

function logMailer(log: Logger): Mailer {
  return {
    isConfigured: true,
    async send({ to, subject, text }) {
      // Written past the log, whose redaction would hide the link that a developer wants to follow.
      log.info({ to, subject }, 'No mail server: the mail follows.');
      process.stdout.write(`${text}\n`);
    },
    close: () => undefined,
  };
}

function noMailer(): Mailer {
  return {
    isConfigured: false,
    send: () => Promise.reject(new Unavailable('Mail is not set up here: SMTP_URL is missing.')),
    close: () => undefined,
  };
}
