// Which URLs may be asked, and how they are shown.
import { SourceFailure } from './sourceFailure.ts';

/** @throws SourceFailure unless the URL is https, or http on this machine itself. */
export function allowedUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base)) throw new SourceFailure('final', `${JSON.stringify(text)} is not a URL`);
  const url = new URL(text, base);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new SourceFailure('final', `${shownUrl(url)} was refused: only https is allowed, or http on this machine itself`);
}

/** By name or number; a name that merely resolves to this machine does not count. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The header for credentials written into a URL. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** A URL in a message: without credentials, and without a query that may hold a signature. */
export function shownUrl(url: string | URL): string {
  if (typeof url === 'string' && !URL.canParse(url)) return JSON.stringify(url);
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Any text, without user and password of the URLs in it. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\w:\/\/)[^/?#\s]*@/g, '$1');
}
