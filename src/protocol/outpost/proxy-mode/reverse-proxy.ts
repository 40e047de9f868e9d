// The reverse proxy of proxy mode (contract §2): what may pass is streamed to the application and back, and what goes
// wrong on the way is explained. Whether it may pass has been decided before (decision.ts).
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { IsTrusted } from '../../../platform/http/forwarded.ts';
import { isWebSocketRequest } from '../../../platform/http/web-socket.ts';
import { SparingLog } from '../../../platform/telemetry/sparing-log.ts';
import type { Visit } from '../dialects.ts';
import type { PageWriter } from '../page-writer.ts';
import type { ProxyRoute } from '../routing-table.ts';
import { type PassageFailure, upstreamPage } from '../views.ts';
import { AnswerWatch } from './answer-watch.ts';
import { PASSED, requestHeaders } from './headers.ts';
import { type JudgeAgain, LastingPassages } from './lasting-passages.ts';
import { type Destination, destinationOf, type Passage } from './passage.ts';
import { bodyOf } from './request-body.ts';
import { ResponseRelay } from './response-relay.ts';
import { Tunnels } from './tunnels.ts';
import { type UpstreamRequest, Upstreams } from './upstreams.ts';

interface Needs {
  readonly log: Logger;
  readonly pages: PageWriter;
  readonly isTrusted: IsTrusted;
  readonly originFor: (route: ProxyRoute) => string | undefined;
  /** How long an application may take to begin its answer. */
  readonly answerSeconds: number;
  readonly judgeAgain: JudgeAgain;
}

export class ReverseProxy {
  readonly lasting: LastingPassages;
  readonly #tunnels: Tunnels;
  readonly #upstreams: Upstreams;
  readonly #needs: Needs;
  readonly #log: SparingLog;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#log = new SparingLog(needs.log);
    this.#upstreams = new Upstreams(needs.answerSeconds);
    this.lasting = new LastingPassages(needs.judgeAgain);
    this.#tunnels = new Tunnels(this.lasting, needs.answerSeconds);
  }

  /** Answers the request with the application's answer. */
  pass(passage: Passage): void {
    const { request, route } = passage;
    const destination = route.upstream && destinationOf(passage, route.upstream);
    if (this.hasPassed(request)) this.explainCircle(passage);
    else if (!isSound(request)) this.#explain(passage, 'unreadable', new Error('not for an application'));
    else if (!destination) this.#explain(passage, 'unreachable', new Error('there is no address to go to'));
    else this.#try(passage, destination);
  }

  /** Whether a request has come to us from ourselves: the upstream of an application leads back here. */
  hasPassed({ headers }: IncomingMessage): boolean {
    return PASSED.toLowerCase() in headers;
  }

  explainCircle(visit: Visit): void {
    this.#explain(visit, 'circle', new Error('the upstream leads back to Gatelodge'));
  }

  close(): Promise<void> {
    this.lasting.endAll();
    return this.#upstreams.close();
  }

  /** What node:http or undici will not write (a path of raw bytes, say) they say by throwing. */
  #try(passage: Passage, destination: Destination): void {
    try {
      this.#send(passage, destination);
    } catch (error) {
      this.#explain(passage, 'unreadable', error instanceof Error ? error : new Error(String(error)));
    }
  }

  #send(passage: Passage, destination: Destination): void {
    const { request, response } = passage;
    const headers = requestHeaders(passage, destination.host, this.#needs.isTrusted);
    const failed = (error: Error) =>
      this.#explain(passage, isLate(error) ? 'late' : 'unreachable', error, destination);
    if (isWebSocketRequest(request)) {
      this.#tunnels.start(passage, destination, headers, failed);
      return;
    }
    const { method = 'GET', url = '/' } = request;
    const body = bodyOf(request, response);
    const outgoing = { method, path: url, headers, body } as UpstreamRequest;
    const watch = new AnswerWatch(this.lasting, passage);
    const once = new ResponseRelay(response, watch, (error) => {
      // The application has closed a kept connection in the moment we chose it: nothing has been asked yet.
      if (body === null && isRepeatable(method) && isBroken(error))
        this.#upstreams.sendAnew(destination, outgoing, again);
      else failed(error);
    });
    const again = new ResponseRelay(response, watch, failed);
    this.#upstreams.send(destination, outgoing, once);
  }

  #explain(visit: Visit, failure: PassageFailure, error: Error, destination?: Destination): void {
    const { request, response, route } = visit;
    const { pages, originFor } = this.#needs;
    const upstream = destination?.url.origin;
    this.#log.write('warn', {
      message: `passing on: ${failure}`,
      subject: `${route.slug} ${upstream}`,
      fields: { err: error, application: route.slug, upstream },
    });
    // Nobody takes the body.
    request.resume();
    const origin = originFor(route) ?? '';
    const page = upstreamPage(pages.textsFor(request), origin, route.applicationName, failure);
    pages.write(request, response, page, `upstream_${failure}`, origin);
  }
}

/** A path, and a method that does not send headers back to whoever asks (TRACE). */
function isSound({ url, method }: IncomingMessage): boolean {
  return url?.startsWith('/') === true && method !== 'TRACE';
}

function isRepeatable(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isBroken(error: Error): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function isLate(error: Error): boolean {
  return ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'].includes(codeOf(error));
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
