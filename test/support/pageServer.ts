// A web server on this machine for browser tests: a bundle, and MNIST as browserFileStore({ base: '/datasets/' }) asks for it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mnistFile } from './mnistFiles.ts';

export interface PageServer extends AsyncDisposable {
  /** Of the page, with a slash at its end. */
  readonly url: string;
  /** Paths asked for so far. */
  readonly requests: readonly string[];
}

/** A page that waits for a test to call `runFrom(base, stopAt, solver)`, which runs the bundled pipeline on data from the folder `base`. */
const PAGE = `<!doctype html><title>test</title>
<script>
let cache;
async function runFrom(base, stopAt, solver) {
  const { default: pipeline, browserFileStore, memoryCache, runPipeline } = await import('/pipeline.js');
  cache ??= memoryCache();
  const stop = new AbortController();
  const events = [];
  const onEvent = (event) => {
    if (event.type === stopAt) stop.abort();
    if (event.type !== 'picture') events.push(event);
  };
  const { status, outputs, error } = await runPipeline(pipeline, { files: browserFileStore({ base }), onEvent, signal: stop.signal, cache, solver });
  const { code, message, hint, stage } = error ?? {};
  return { status, outputs, error: error && { code, message, hint, stage }, events };
}
</script>`;

/** @param bundle what `/pipeline.js` answers */
export async function startPageServer(bundle: string): Promise<PageServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    const [, folder, file] = /^\/(datasets|wrong)\/mnist-784\/([\w-]+)$/.exec(path) ?? [];
    const send = (type: string, body: string | Uint8Array): void =>
      void response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
    if (path === '/') return send('text/html', PAGE);
    if (path === '/pipeline.js') return send('text/javascript', bundle);
    if (file === undefined) return void response.writeHead(404).end();
    const bytes = mnistFile(file);
    if (folder === 'wrong') bytes[bytes.length - 1]! ^= 1;
    send('application/octet-stream', bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
