// The rules of a single request that need more than one host: undici's mock answers for machines that do not exist.
import { MockAgent } from 'undici';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openHttp, type Http } from '../../../src/runtime/node/files/http.ts';
import { allowedUrl, shownUrl } from '../../../src/runtime/node/files/urls.ts';
import { startFaultServer, status, whole } from '../../support/faultServer.ts';

const { signal } = new AbortController();

function mocked(): { http: Http; agent: MockAgent } {
  const agent = new MockAgent();
  agent.disableNetConnect();
  onTestFinished(() => agent.close()); // the mock has no destroy(), so http.close() cannot be asked
  return { http: openHttp(agent), agent };
}

describe('redirects between hosts', () => {
  test('https to https is followed', async () => {
    const { http, agent } = mocked();
    agent
      .get('https://a.example')
      .intercept({ path: '/x' })
      .reply(302, '', { headers: { location: 'https://b.example/y' } });
    agent.get('https://b.example').intercept({ path: '/y' }).reply(200, 'there');
    const response = await http.get('https://a.example/x', {}, signal);
    expect(await response.body.text()).toBe('there');
  });

  test('https to http is refused, even to this machine', async () => {
    const server = await startFaultServer();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const url = server.on('x', status(200));
    const { http, agent } = mocked();
    agent
      .get('https://a.example')
      .intercept({ path: '/x' })
      .reply(302, '', { headers: { location: url } });
    await expect(http.get('https://a.example/x', {}, signal)).rejects.toThrow('a redirect from https to http was refused');
    expect(server.requests).toEqual([]);
  });

  test('credentials of a URL go to its own host only', async () => {
    const { http, agent } = mocked();
    const seen: (string | undefined)[] = [];
    const note = ({ headers }: { headers?: unknown }): string => {
      seen.push((headers as Record<string, string>)['authorization']);
      return '';
    };
    agent
      .get('https://a.example')
      .intercept({ path: '/x' })
      .reply(302, note, { headers: { location: 'https://b.example/y' } });
    agent.get('https://b.example').intercept({ path: '/y' }).reply(200, note);
    await http.get('https://me:p%40ss@a.example/x', {}, signal);
    expect(seen).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`, undefined]);
  });
});

describe('which URLs are asked', () => {
  test.each(['https://a.example/x', 'http://localhost:8/x', 'http://127.0.0.1/x', 'http://127.9.9.9/x', 'http://[::1]:8/x', 'http://2130706433/'])(
    '%s',
    (url) => {
      expect(allowedUrl(url).href).toContain('/');
    },
  );

  test.each([
    'http://a.example/x',
    'http://localhost.a.example/x',
    'http://127.0.0.1.a.example/x',
    'http://128.0.0.1/x',
    'http://10.0.0.1/x',
    'http://0.0.0.0/x',
    'http://[::2]/x',
    'ftp://localhost/x',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    '/x',
    '',
  ])('not %s', (url) => {
    expect(() => allowedUrl(url)).toThrow(/was refused|is not a URL/);
  });

  test('are shown without credentials and query', () => {
    expect(shownUrl('https://me:secret@a.example:8/x?key=secret#secret')).toBe('https://a.example:8/x');
    expect(shownUrl('\u001b[2J')).toBe('"\\u001b[2J"');
  });
});

test('a proxy in the environment is used for other machines, never for this one', async () => {
  const server = await startFaultServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const url = server.on('x', whole(Buffer.from('direct')));
  // The proxy cannot be reached, so whatever goes through it fails to connect.
  vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const http = openHttp();
  onTestFinished(() => http.close());
  expect(await (await http.get(url, {}, signal)).body.text()).toBe('direct');
  await expect(http.get('https://a.example/x', {}, signal)).rejects.toThrow(/ECONNREFUSED 127\.0\.0\.1:1/);
});
