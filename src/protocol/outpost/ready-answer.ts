// Answers without a body that are given many times. node:http checks and joins every header of every answer anew, a third
// of what a check costs, and has no public way to take them ready: so they are put where it keeps its own (`_header`), if
// this Node proves to send what is there. ready-answer.test.ts compares both ways, header by header.
import {
  IncomingMessage,
  type OutgoingMessage,
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';

/** What node:http has written of a head, null before; its end is the empty line. */
interface Head extends OutgoingMessage {
  _header?: unknown;
}

const NO_BODY = ['Content-Length', '0'];
const END = '\r\n';
const isSentAsWritten = probe();

export class ReadyAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  #lines: string | undefined;

  /** `Content-Length: 0`, and what is about the connection, comes with every answer and is not among `headers`. */
  constructor(status: number, headers: readonly string[]) {
    this.status = status;
    this.headers = headers;
  }

  /** Sends it, to a response that no header was set on. Throws where node:http would: for a header that is none. */
  send(response: ServerResponse): void {
    if (isSentAsWritten) {
      this.#lines ??= linesOf(this.headers);
      const opening = isOrdinary(response)
        ? recentOpening(this.status, response)
        : openingOf(this.status, response);
      response.statusCode = this.status;
      (response as Head)._header = opening + this.#lines;
    } else {
      response.writeHead(this.status, [...this.headers, ...NO_BODY]);
    }
    response.end();
  }
}

/** Whether its connection stays open: how one is closed, or after a body that was announced, node:http knows best. */
function isOrdinary({ shouldKeepAlive, req }: ServerResponse): boolean {
  return shouldKeepAlive && req.headers.expect === undefined;
}

/** By status; with the date, so good for a second. All our listeners say the same about keeping a connection. */
const openings = new Map<number, { readonly second: number; readonly text: string }>();

/** What node:http has written for the last such answer. */
function recentOpening(status: number, response: ServerResponse): string {
  const second = Math.floor(Date.now() / 1000);
  const known = openings.get(status);
  if (known?.second === second) return known.text;
  const text = openingOf(status, response);
  openings.set(status, { second, text });
  return text;
}

/** The head as node:http writes it for this answer, without its end. */
function openingOf(status: number, response: ServerResponse): string {
  response.writeHead(status, NO_BODY);
  return String((response as Head)._header).slice(0, -END.length);
}

function linesOf(headers: readonly string[]): string {
  const lines: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const [name = '', value = ''] = headers.slice(index, index + 2);
    validateHeaderName(name);
    validateHeaderValue(name, value);
    lines.push(`${name}: ${value}${END}`);
  }
  // One flat text: joined by `+` it would be two, to be put together again at each answer.
  return [...lines, END].join('');
}

/** Whether this Node sends the text that was put into `_header`, and nothing else. */
function probe(): boolean {
  const sent: string[] = [];
  const sink = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      sent.push(String(chunk));
      done();
    },
  });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.writeHead(200, NO_BODY);
  const head = response as Head;
  if (typeof head._header !== 'string' || !head._header.endsWith(END + END)) return false;
  response.assignSocket(sink as Socket);
  head._header = `HTTP/1.1 200 OK${END}${END}`;
  response.end();
  return sent.join('') === `HTTP/1.1 200 OK${END}${END}`;
}
