// What the local page's server answers to addresses that are none.
import { request } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startUi } from '../../src/cli/page/uiServer.ts';

test('an address that is none is 400, and nothing of it stands in the terminal', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  const run = vi.fn(async (id: string) => ({ id }));
  const server = await startUi({ run } as never, { page: 'page', script: '', style: '' }, 0);
  onTestFinished(() => server.close());
  const { port, searchParams } = new URL(server.url);
  const get = (path: string, cookie = ''): Promise<{ readonly status: number; readonly text: string; readonly cookie: string }> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, headers: { cookie } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve({ status: response.statusCode!, text, cookie: String(response.headers['set-cookie'] ?? '').split(';')[0]! }));
      });
      asked.on('error', reject).end();
    });
  const { cookie } = await get(`/?token=${searchParams.get('token')}`);
  for (const path of ['//', '//runs', '/runs/%E0', '/runs/%', '/runs/%E0%A4%A', 'http://[', '/%c3%28']) {
    const { status, text } = await get(path, cookie);
    expect({ path, status, text }).toEqual({ path, status: 400, text: 'This is not an address of this server.' });
    expect(await get(path)).toMatchObject({ status: 400 });
  }
  expect(await get('/runs/a%20b', cookie)).toMatchObject({ status: 200, text: '{"id":"a b"}' });
  expect(await get('/nothing/here', cookie)).toMatchObject({ status: 404 });
  expect(run).toHaveBeenCalledTimes(1);
  expect(log).not.toHaveBeenCalled();
});
