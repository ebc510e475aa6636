// One HTTP request with this package's rules: https only (plain http on this machine itself), at most five redirects and
// never from https to http, credentials never carried to another host, proxies as the environment says.
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { SourceFailure } from './sourceFailure.ts';
import { allowedUrl, basicAuthorization, isLoopback, shownUrl } from './urls.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** No timeouts here: stalls are watched in download.ts, where a slow reader is not mistaken for a slow server. */
const AGENT_OPTIONS = { headersTimeout: 0, bodyTimeout: 0 };

export type HttpResponse = Dispatcher.ResponseData;

export interface Http {
  /** GET, redirects followed; the body is not read yet. */
  readonly get: (url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<HttpResponse>;
  /** Drops every connection. */
  readonly close: () => Promise<void>;
}

/** @param outside reaches other machines; by default directly, or through the proxy that the environment names. */
export function openHttp(outside: Dispatcher = makeOutside()): Http {
  const loopback = new Agent(AGENT_OPTIONS);

  return {
    get: async (from, headers, signal) => {
      let url = allowedUrl(from);
      const home = url.origin;
      const authorization = basicAuthorization(url);
      for (let hops = 0; ; hops++) {
        const response = await request(url, {
          dispatcher: isLoopback(url) ? loopback : outside,
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
      await Promise.all([loopback.destroy(), outside.destroy()]);
    },
  };
}

function makeOutside(): Dispatcher {
  const hasProxy = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => process.env[name]);
  return hasProxy ? new EnvHttpProxyAgent(AGENT_OPTIONS) : new Agent(AGENT_OPTIONS);
}

/** Gives up a response whose body nobody wants. */
export function discard(response: HttpResponse): void {
  response.body.on('error', () => {}); // destroying an unread body reports an abort, which is what was asked for
  response.body.destroy();
}
