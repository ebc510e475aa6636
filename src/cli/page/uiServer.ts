// The local page's server: loopback only, a token in the link that becomes a cookie, the Host header checked so that no
// other site's name leads here, and nothing that changes anything.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPipelineError } from '../../core/errors/errors.ts';

/** What the page can ask for; answers are JSON, or HTML where they are texts. */
export interface UiData {
  /** @param query as the address has it */
  runs(query: URLSearchParams): Promise<unknown>;
  run(id: string): Promise<unknown>;
  /** Runs side by side, as a part of a page. */
  compare(ids: readonly string[]): Promise<string>;
  /** What a row of the run's model is. */
  model(id: string): Promise<unknown>;
  /** What the model says of a row. @param row JSON */
  predict(id: string, row: string): Promise<unknown>;
  /** A whole report. */
  report(id: string): Promise<string>;
  /** Path of the run's events, one JSON a line, and whether it may still grow. */
  events(id: string): Promise<{ readonly path: string; readonly live: () => Promise<boolean> }>;
}

export interface UiFiles {
  readonly page: string;
  readonly script: string;
  readonly style: string;
}

export interface UiServer {
  /** The link to open, token included. */
  readonly url: string;
  close(): Promise<void>;
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;
/** Reports carry their script and style inside them. */
const REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'";
/** A row to be asked about stands in the address. */
const MOST_HEADER_BYTES = 65_536;
/** Behind a growing file, when no change is announced. */
const POLL_MS = 500;

/** @param port 0 for any free one */
export async function startUi(data: UiData, files: UiFiles, port: number): Promise<UiServer> {
  const token = randomBytes(24).toString('base64url');
  // Cookies know no ports: each server's has a name of its own.
  const cookie = `pipeline-ui-${randomBytes(6).toString('hex')}`;
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, (request, response) => {
    answer(request, response, { token, cookie }, data, files).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy();
      const known = isPipelineError(error);
      send(response, known ? 404 : 500, 'application/json', JSON.stringify({ error: known ? error.message : 'The server failed; its terminal says why.' }));
      if (!known) console.error(error);
    });
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { token, cookie }: { readonly token: string; readonly cookie: string },
  data: UiData,
  files: UiFiles,
): Promise<void> {
  if (!isOwnHost(request.headers.host)) return send(response, 403, 'text/plain', 'This server answers to its own address only.');
  if (request.method !== 'GET') return send(response, 405, 'text/plain', 'Only GET is allowed.');
  const url = urlOf(request.url ?? '/');
  if (!url) return send(response, 400, 'text/plain', 'This is not an address of this server.');
  const given = url.searchParams.get('token');
  if (url.pathname === '/' && given !== null && isSame(given, token)) {
    response.writeHead(303, { ...HEADERS, location: '/', 'set-cookie': `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/` }).end();
    return;
  }
  const pairs = (request.headers.cookie ?? '').split(/;\s*/);
  const sent = pairs.find((pair) => pair.startsWith(`${cookie}=`))?.slice(cookie.length + 1);
  if (sent === undefined || !isSame(sent, token)) return send(response, 401, 'text/plain', 'Open the link that `pipeline ui` printed.');
  const [, area, id, part] = url.parts;
  const json = async (value: Promise<unknown>): Promise<void> => send(response, 200, 'application/json', JSON.stringify(await value));
  if (url.pathname === '/') return send(response, 200, 'text/html', files.page);
  if (url.pathname === '/ui.js') return send(response, 200, 'text/javascript', files.script);
  if (url.pathname === '/ui.css') return send(response, 200, 'text/css', files.style);
  if (area === 'runs' && id === undefined) return json(data.runs(url.searchParams));
  if (area === 'compare') return send(response, 200, 'text/html', await data.compare(url.searchParams.getAll('run')));
  if (area === 'runs' && part === undefined) return json(data.run(id!));
  if (area === 'runs' && part === 'model') return json(data.model(id!));
  if (area === 'runs' && part === 'predict') return json(data.predict(id!, url.searchParams.get('row') ?? ''));
  if (area === 'runs' && part === 'report') return send(response, 200, 'text/html', await data.report(id!), { 'content-security-policy': REPORT_POLICY });
  if (area === 'runs' && part === 'events') return stream(request, response, await data.events(id!));
  return send(response, 404, 'text/plain', 'Nothing here.');
}

/** The address asked for, and its path in parts; undefined for what is none, such as `//` and `/runs/%E0`. */
function urlOf(path: string): (Pick<URL, 'pathname' | 'searchParams'> & { readonly parts: readonly string[] }) | undefined {
  if (!path.startsWith('/') || path.startsWith('//')) return undefined;
  try {
    const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
    return { pathname, searchParams, parts: pathname.split('/').map(decodeURIComponent) };
  } catch {
    return undefined;
  }
}

/** The name in Host must be this machine's: another name that resolves here belongs to another site. */
function isOwnHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '');
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function send(response: ServerResponse, status: number, type: string, body: string, more: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8`, ...more }).end(body);
}

/** Server-sent events: the lines there are, then those that come, until the run is over or the page leaves. */
async function stream(request: IncomingMessage, response: ServerResponse, { path, live }: Awaited<ReturnType<UiData['events']>>): Promise<void> {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
  const gone = new AbortController();
  request.on('close', () => gone.abort());
  // A page that lost the connection goes on behind the last line it saw.
  for (let at = Number(request.headers['last-event-id']) || 0; !gone.signal.aborted;) {
    const alive = await live(); // asked before reading: what a run wrote last is read after it ended
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (size > at) at += await forward(path, at, size, response);
    if (!alive) break;
    await change(path, gone.signal);
  }
  response.end('event: end\ndata: {}\n\n');
}

/** @returns bytes of the whole lines sent */
async function forward(path: string, from: number, to: number, response: ServerResponse): Promise<number> {
  let sent = 0;
  const input = createReadStream(path, { start: from, end: to - 1, encoding: 'utf8' });
  let text = '';
  for await (const piece of input) text += piece as string;
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const line of whole.split('\n').slice(0, -1)) {
    sent += Buffer.byteLength(line) + 1;
    response.write(`id: ${from + sent}\ndata: ${line}\n\n`);
  }
  return sent;
}

function change(path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let watcher: ReturnType<typeof watch> | undefined;
    const done = (): void => {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, POLL_MS);
    signal.addEventListener('abort', done);
    try {
      watcher = watch(path, done).on('error', () => {});
    } catch {
      // The timer looks again.
    }
  });
}
