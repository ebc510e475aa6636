// A web server on this machine that fails on purpose. A path is given a list of answers: the first request gets the
// first one, and so on; the last one repeats. Everything that was asked for is written down.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly atMs: number;
}

export interface FaultServer extends AsyncDisposable {
  /** With a slash at its end. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Sets what `path` answers and returns its URL. */
  readonly on: (path: string, ...answers: readonly [Answer, ...Answer[]]) => string;
}

export async function startFaultServer(): Promise<FaultServer> {
  const requests: SeenRequest[] = [];
  const routes = new Map<string, Answer[]>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').slice(1);
    const { range } = request.headers;
    const ifRange = request.headers['if-range'];
    requests.push({ path, range, ifRange: Array.isArray(ifRange) ? ifRange[0] : ifRange, atMs: performance.now() });
    response.on('error', () => {}); // clients of a fault server hang up
    const answers = routes.get(path) ?? [status(404)];
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    void Promise.resolve(answer(request, response)).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    requests,
    on: (path, ...answers) => {
      routes.set(path, [...answers]);
      return url + path;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const ETAG = '"v1"';

interface Manners {
  /** null: none is sent. */
  readonly etag?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As a good server does it: ETag, Range and If-Range. */
export function whole(body: Uint8Array, { etag = ETAG, headers = {} }: Manners = {}): Answer {
  return (request, response) => {
    const start = resumeStart(request, etag);
    if (etag !== null) response.setHeader('etag', etag);
    if (start === undefined) {
      response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
    } else {
      response.writeHead(206, {
        ...headers,
        'content-length': body.length - start,
        'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
      });
      response.end(body.subarray(start));
    }
  };
}

function resumeStart({ headers }: IncomingMessage, etag: string | null): number | undefined {
  const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  return start !== undefined && headers['if-range'] === etag ? Number(start) : undefined;
}

/** Announces the rest of `body`, sends it up to `end` (an offset into `body`) and closes the connection. */
export function cutAt(end: number, body: Uint8Array, { etag = ETAG }: Manners = {}): Answer {
  return (request, response) => {
    const start = resumeStart(request, etag);
    if (etag !== null) response.setHeader('etag', etag);
    const length = { 'content-length': body.length - (start ?? 0) };
    if (start === undefined) response.writeHead(200, length);
    else response.writeHead(206, { ...length, 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` });
    response.flushHeaders();
    // FIN and not RST, so that the client does see the bytes before the cut.
    response.write(body.subarray(start ?? 0, end), () => response.socket?.end());
  };
}

export function status(code: number, headers: Readonly<Record<string, string>> = {}, body = ''): Answer {
  return (_request, response) => void response.writeHead(code, headers).end(body);
}

/** Exactly these headers and bytes, whatever was asked for. */
export function raw(code: number, headers: Readonly<Record<string, string | number>>, body: Uint8Array): Answer {
  return (_request, response) => void response.writeHead(code, { ...headers }).end(body);
}

export const redirect = (to: string): Answer => status(302, { location: to });

/** Sends `body` up to `end`, then nothing more, and keeps the connection open. */
export function stallAt(end: number, body: Uint8Array): Answer {
  return (_request, response) => {
    response.writeHead(200, { etag: ETAG, 'content-length': body.length });
    response.flushHeaders();
    if (end > 0) response.write(body.subarray(0, end));
  };
}

/** Accepts the request and never answers. */
export const silence: Answer = () => {};

/** One byte every `everyMs`. */
export function trickle(body: Uint8Array, everyMs: number): Answer {
  return async (_request, response) => {
    response.writeHead(200, { etag: ETAG, 'content-length': body.length });
    for (const byte of body) {
      if (response.destroyed) return;
      response.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    response.end();
  };
}

/** Resets the connection before any answer. */
export const reset: Answer = (request) => void request.socket.resetAndDestroy();
