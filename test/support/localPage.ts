// The local page of `pipeline ui`, and views of it in a browser.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ROOT } from './cli.ts';

/** Its process, and the link that it prints, with the token. */
export async function startPage(env: Readonly<Record<string, string>>): Promise<{ readonly ui: ChildProcess; readonly link: string }> {
  const ui = spawn(process.execPath, [join(ROOT, 'bin/pipeline.js'), 'ui'], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const link = await new Promise<string>((resolve) => ui.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim())));
  return { ui, link };
}

/** A view of it, and what goes wrong there, as it goes wrong. */
export async function openView(
  { browser, link }: { readonly browser: Browser; readonly link: string },
  hash: string,
  width = 1280,
): Promise<{ readonly page: Page; readonly problems: readonly string[] }> {
  const page = await (await browser.newContext({ viewport: { width, height: 900 } })).newPage();
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(link);
  await page.goto(new URL(`/${hash}`, link).href);
  return { page, problems };
}
