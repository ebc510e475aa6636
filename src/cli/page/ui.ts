// `pipeline ui`: a local page that lists runs, shows one as it happens, compares two, and asks a trained model about what
// one draws.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import { nodeCacheStore } from '../../runtime/node/cache/cacheStore.ts';
import { readEvents, readRecord, readRecords, runsDirectory } from '../../runtime/node/runs/runStore.ts';
import { recordOf } from '../commands/runs.ts';
import { reportOf } from '../commands/report.ts';
import { servedModel } from './servedModel.ts';
import { diffRuns } from '../../runtime/runDiff.ts';
import type { ServedModel } from '../../ui/draw.ts';
import type { ShownRun } from '../../ui/live.ts';
import { startUi, type UiData } from './uiServer.ts';

export function addUi(program: Command): void {
  program
    .command('ui')
    .summary('look at runs in a browser')
    .description('Serves a page on this machine only: runs, live or past, comparisons, and a canvas to draw digits on. Ctrl-C stops it.')
    .option('--port <number>', 'port to listen on, 0 for any free one', (text) => portOf(text), 0)
    .option('--open', 'open the page in the default browser')
    .action(async ({ port, open }: { readonly port: number; readonly open?: boolean }) => {
      const asset = (name: string): Promise<string> => readFile(new URL(`../../ui/${name}`, import.meta.url), 'utf8');
      const [page, script, style] = await Promise.all([asset('page.html'), asset('ui.js'), asset('ui.css')]);
      const report = await readFile(new URL('../../report/html/report.css', import.meta.url), 'utf8');
      const server = await startUi(dataOf(), { page, script, style: `${report}\n${style}` }, port).catch((cause: unknown) => {
        throw new PipelineError('E_USAGE', `Port ${port} cannot be used: ${reasonOf(cause)}`, {
          hint: 'Leave --port out for a free one.',
        });
      });
      process.stdout.write(`${server.url}\n`);
      if (open) openBrowser(server.url);
      await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
      await server.close();
    });
}

function dataOf(): UiData {
  return {
    runs: readRecords,
    run: async (id) => {
      const run = await recordOf(id);
      return { ...run, drawable: run.status !== 'running' && (await isDrawable(run)) } satisfies ShownRun;
    },
    compare: async (a, b) => diffRuns(await recordOf(a), await recordOf(b)),
    model: async (id) => modelOf(await recordOf(id)),
    report: async (id) => reportOf(await recordOf(id)),
    events: async (id) => {
      const run = await recordOf(id);
      return { path: join(runsDirectory(), run.id, 'events.jsonl'), live: async () => (await readRecord(run.id))?.status === 'running' };
    },
  };
}

async function modelOf(run: RunRecord): Promise<ServedModel> {
  return servedModel(run, nodeCacheStore(), await readEvents(run.id));
}

/** Whether the page can ask the run's model about a drawing: it is of pictures, and still there. */
async function isDrawable(run: RunRecord): Promise<boolean> {
  return modelOf(run).then(
    () => true,
    () => false,
  );
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new PipelineError('E_USAGE', `--port ${text} is not a port.`, { hint: 'Give a whole number from 0 to 65535.' });
}

function openBrowser(url: string): void {
  const [command, ...args] = process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  spawn(command!, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => process.stderr.write('No browser could be opened; follow the link above.\n'))
    .unref();
}
