// A model behind HTTP: rows in, predictions out, as JSON. Whatever arrives is bounded: bytes, rows, requests that wait, and time.
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { shortened } from '../../../core/errors/shortened.ts';
import { isPipelineError } from '../../../core/errors/errors.ts';
import type { AnswerColumn, Asked } from '../asked.ts';
import { namesOf, shapeOf } from '../asked.ts';
import { Batches } from './batches.ts';
import { metadataOf, openApiOf } from './openapi.ts';
import { requestReader } from './requests.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Of one request. */
  readonly maxBytes: number;
  readonly maxRows: number;
  /** Requests that are read or wait for answers; more are refused. */
  readonly maxWaiting: number;
  /** For a client to send its whole request. */
  readonly requestMs: number;
}

export const DEFAULTS: ServerOptions = { host: '127.0.0.1', port: 8080, maxBytes: 8e6, maxRows: 1000, maxWaiting: 256, requestMs: 10_000 };

export interface ModelServer {
  readonly url: string;
  /** Takes no more requests, answers those that are there, and ends. */
  close(): Promise<void>;
}

const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' } as const;
const MOST_HEADER_BYTES = 16_384;
const MOST_CONNECTIONS = 1024;
/** From so many on, those on which nothing is asked make way. */
const MANY_CONNECTIONS = 1000;
/** Letters of a message: the model may repeat what was sent. */
const MOST_LETTERS = 1000;
/** For the next request on a connection: longer than proxies keep theirs, so that none sends one into a connection that ends. */
const KEEP_MS = 65_000;
/** For requests that are being answered, once the server is told to stop. */
const DRAIN_MS = 10_000;
/** For a client that was refused to read why. */
const LINGER_MS = 500;
const LOOPBACK = /^(127(\.\d+){3}|localhost|::1|\[::1\])$/i;

/** What a request is refused with. */
class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, message: string, { code = 'E_REQUEST', hint }: { readonly code?: string; readonly hint?: string | undefined } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** @param log is told what failed that no request is to blame for */
export async function startServer(asked: Asked, options: ServerOptions, log: (error: unknown) => void): Promise<ModelServer> {
  const serving = new Serving(asked, options, log);
  await serving.listen();
  return serving;
}

class Serving implements ModelServer {
  readonly #asked: Asked;
  readonly #options: ServerOptions;
  readonly #log: (error: unknown) => void;
  readonly #server: Server;
  readonly #batches: Batches;
  readonly #read: ReturnType<typeof requestReader>;
  /** Texts that never change. */
  readonly #fixed: Readonly<Record<string, string>>;
  readonly #names: readonly string[];
  readonly #answered = new Map<number, number>();
  /** Of each connection. */
  readonly #latest = new WeakMap<Duplex, IncomingMessage>();
  #rows = 0;
  /** Requests that are read or wait for answers. */
  #open = 0;
  #connections = 0;
  #closing = false;
  url = '';

  constructor(asked: Asked, options: ServerOptions, log: (error: unknown) => void) {
    this.#asked = asked;
    this.#options = options;
    this.#log = log;
    this.#batches = new Batches(asked);
    this.#read = requestReader(shapeOf(asked), options.maxRows);
    this.#names = asked.model.classes ? namesOf(asked.model).map(String) : [];
    this.#fixed = {
      '/health': JSON.stringify({ status: 'ok' }),
      '/ready': JSON.stringify({ status: 'ready' }),
      '/metadata': JSON.stringify(metadataOf(asked)),
      '/openapi.json': JSON.stringify(openApiOf(asked, options.maxRows)),
    };
    const checkMs = Math.min(1000, options.requestMs / 2);
    const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES, connectionsCheckingInterval: checkMs });
    this.#server = server;
    server.maxConnections = MOST_CONNECTIONS;
    server.keepAliveTimeout = KEEP_MS;
    server.requestTimeout = options.requestMs;
    server.headersTimeout = options.requestMs;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#latest.set(request.socket, request);
      this.#answer(request, response).catch((error: unknown) => this.#refuse(request, response, error));
    });
    server.on('connection', (socket) => {
      socket.once('close', () => this.#connections--);
      if (++this.#connections > MANY_CONNECTIONS) server.closeIdleConnections();
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
      if (error.code === 'HPE_HEADER_OVERFLOW') return this.#end(socket, 431, `The head of the request is longer than ${MOST_HEADER_BYTES} bytes.`);
      if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') return this.#end(socket, 400, 'This is no HTTP request.');
      // Where the server was held up, by a long call of the model or by the machine, the request may be there and not be read yet.
      const before = this.#latest.get(socket);
      const isBody = before?.complete === false;
      setTimeout(() => {
        const now = this.#latest.get(socket);
        const isWhole = now?.complete === true && (isBody || now !== before);
        if (socket.writable && !isWhole) this.#end(socket, 408, `The request was not whole after ${options.requestMs / 1000} s.`);
      }, checkMs).unref();
    });
  }

  /** Answers a client whose request is none. */
  #end(socket: Duplex, status: number, message: string): void {
    this.#count(status);
    const body = errorText(new Refused(status, message));
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  listen(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, () => {
        this.#server.off('error', reject);
        const { address, family, port } = this.#server.address() as AddressInfo;
        this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearTimeout(late);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (LOOPBACK.test(this.#options.host) && !LOOPBACK.test((request.headers.host ?? '').replace(/:\d+$/, '')))
      throw new Refused(403, 'This server answers to its own address only.');
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    if (path === '/predict') {
      if (request.method !== 'POST') throw new Refused(405, `${request.method} arrived; /predict takes POST.`);
      return this.#predict(request, response);
    }
    const known = this.#fixed[path] ?? (path === '/metrics' ? '' : undefined);
    if (known === undefined) throw new Refused(404, 'There is /predict, /health, /ready, /metadata, /metrics and /openapi.json.');
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refused(405, `${request.method} arrived; ${path} takes GET.`);
    if (path === '/metrics') return this.#send(response, 200, this.#metrics(), 'text/plain; version=0.0.4');
    this.#send(response, 200, known);
  }

  async #predict(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#closing) throw new Refused(503, 'The server is about to stop.');
    if (this.#open >= this.#options.maxWaiting)
      throw new Refused(503, `${this.#options.maxWaiting} requests are waiting already.`, { hint: 'Send it again in a second.' });
    const type = request.headers['content-type'] ?? '';
    if (!/^application\/json\b/i.test(type) || request.headers['content-encoding'] !== undefined)
      throw new Refused(
        415,
        `The request is ${type || 'of no type'}${request.headers['content-encoding'] === undefined ? '' : ', packed'}; needed: application/json, not packed.`,
      );
    this.#open++;
    try {
      const rows = this.#read(await this.#bodyOf(request));
      const columns = await this.#batches.ask(rows);
      this.#rows += rows.count;
      this.#send(response, 200, JSON.stringify(this.#said(columns, rows.count, rows.proba)));
    } finally {
      this.#open--;
    }
  }

  async #bodyOf(request: IncomingMessage): Promise<string> {
    const { maxBytes } = this.#options;
    const tooLong = (): Refused => new Refused(413, `The request has more than ${maxBytes} bytes.`, { hint: 'Send the rows in several requests.' });
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLong();
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > maxBytes) throw tooLong();
      pieces.push(piece);
    }
    return pieces.length === 1 ? pieces[0]!.toString() : Buffer.concat(pieces).toString();
  }

  /** Predictions, one a row, or a list where the model says several; and probabilities by class. */
  #said(columns: readonly AnswerColumn[], count: number, proba: boolean): object {
    const shares = proba ? columns.slice(1) : [];
    const said = proba ? columns.slice(0, 1) : columns;
    const each = <T>(make: (row: number) => T): readonly T[] => Array.from({ length: count }, (_, row) => make(row));
    return {
      predictions: said.length === 1 ? said[0]!.values : each((row) => said.map(({ values }) => values[row])),
      ...(proba ? { probabilities: each((row) => Object.fromEntries(shares.map(({ values }, c) => [this.#names[c], values[row]]))) } : {}),
    };
  }

  #metrics(): string {
    const lines = [...this.#answered].toSorted(([a], [b]) => a - b).map(([status, count]) => `pipeline_requests_total{status="${status}"} ${count}`);
    return `${[...lines, `pipeline_rows_total ${this.#rows}`, `pipeline_model_calls_total ${this.#batches.calls}`, `pipeline_requests_waiting ${this.#batches.pending}`].join('\n')}\n`;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // The client has left, or has its answer.
    if (response.destroyed || response.headersSent || response.socket?.destroyed) return void response.destroy();
    const refused = this.#refusal(error);
    if (refused.status === 405) response.setHeader('allow', request.url?.startsWith('/predict') ? 'POST' : 'GET, HEAD');
    if (refused.status === 503) response.setHeader('retry-after', '1');
    // A client that is still sending finds its answer once it looks; for one that goes on and on nobody waits.
    if (!request.complete) {
      response.setHeader('connection', 'close').once('finish', () => setTimeout(() => request.destroy(), LINGER_MS).unref());
      request.resume();
    }
    this.#send(response, refused.status, errorText(refused));
  }

  #refusal(error: unknown): Refused {
    if (error instanceof Refused) return error;
    if (isPipelineError(error) && ['E_DATA', 'E_SHAPE', 'E_CLASS', 'E_USAGE'].includes(error.code))
      return new Refused(400, shortened(error.message, MOST_LETTERS), { code: error.code, hint: error.hint && shortened(error.hint, MOST_LETTERS) });
    this.#log(error);
    return new Refused(500, `The model of ${this.#asked.name} failed; the server's log says why.`, { code: 'E_MODEL' });
  }

  #send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
    this.#count(status);
    if (this.#closing) response.setHeader('connection', 'close');
    response.setTimeout(this.#options.requestMs); // a client that does not read on for so long is given up
    response.writeHead(status, { ...HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  }

  #count(status: number): void {
    this.#answered.set(status, (this.#answered.get(status) ?? 0) + 1);
  }
}

function errorText({ code, message, hint }: Refused): string {
  return JSON.stringify({ error: { code, message, ...(hint === undefined ? {} : { hint }) } });
}
