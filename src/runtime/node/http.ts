// One HTTP request with this package's rules: https only (plain http on this machine itself), at most five redirects and
// never from https to http, credentials never carried to another host, proxies as the environment says.
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { SourceFailure } from './sourceFailure.ts';
import { allowedUrl, basicAuthorization, isLoopback, shownUrl } from './urls.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

export type HttpResponse = Dispatcher.ResponseData;

export interface Http {
  /** GET, redirects followed; the body is not read yet. */
  readonly get: (url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<HttpResponse>;
  /** Drops every connection. */
  readonly close: () => Promise<void>;
}

export function openHttp(env: Readonly<Record<string, string | undefined>> = process.env): Http {
  // Stalls are watched in download.ts, where a slow reader is not mistaken for a slow server.
  const options = { headersTimeout: 0, bodyTimeout: 0 };
  const direct = new Agent(options);
  const hasProxy = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => env[name]);
  const outside: Dispatcher = hasProxy ? new EnvHttpProxyAgent(options) : direct;

  return {
    get: async (from, headers, signal) => {
      let url = allowedUrl(from);
      const home = url.origin;
      const authorization = basicAuthorization(url);
      for (let hops = 0; ; hops++) {
        const response = await request(url, {
          dispatcher: isLoopback(url) ? direct : outside,
          headers: { 'user-agent': 'pipeline-gpu', ...headers, ...(authorization && url.origin === home ? { authorization } : {}) },
          signal,
        });
        if (!REDIRECTS.includes(response.statusCode)) return response;
        discard(response);
        const { location } = response.headers;
        if (typeof location !== 'string') throw new SourceFailure('final', `HTTP ${response.statusCode} without a Location`);
        if (hops === MAX_REDIRECTS) throw new SourceFailure('final', `more than ${MAX_REDIRECTS} redirects`);
        const next = allowedUrl(location, url);
        if (url.protocol === 'https:' && next.protocol !== 'https:') {
          throw new SourceFailure('final', `a redirect from https to http was refused (${shownUrl(next)})`);
        }
        url = next;
      }
    },
    close: async () => {
      await Promise.all([direct.destroy(), outside === direct ? undefined : outside.destroy()]);
    },
  };
}

/** Gives up a response whose body nobody wants. */
export function discard(response: HttpResponse): void {
  response.body.on('error', () => {}); // destroying an unread body reports an abort, which is what was asked for
  response.body.destroy();
}
