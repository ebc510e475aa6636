// `pipeline ui`: a local page that lists runs, shows one as it happens, compares some, and asks a trained model about what
// one draws or writes.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { Json } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import { evidenceOf } from '../../report/html/data.ts';
import { comparisonOf } from '../../report/runs/compare.ts';
import { comparisonHtml, LETTERS } from '../../report/runs/compareHtml.ts';
import { listOf, type RunQuery } from '../../report/runs/list.ts';
import { nodeCacheStore } from '../../runtime/node/cache/cacheStore.ts';
import { readEvents, readRecord, runsDirectory } from '../../runtime/node/runs/runStore.ts';
import { recordOf } from '../commands/runs/runs.ts';
import { reportOf } from '../commands/runs/report.ts';
import { runIndex } from './runIndex.ts';
import { servedModel, type ServedModel } from './servedModel.ts';
import type { ShownRun } from '../../ui/live.ts';
import { startUi, type UiData } from './uiServer.ts';

export function addUi(program: Command): void {
  program
    .command('ui')
    .description(
      'Serves a page on this machine only: runs, live or past, comparisons, and a form or a canvas to ask the model of a run about a row. Ctrl-C stops it.',
    )
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
  const summaries = runIndex();
  const model = models();
  return {
    runs: async (query) => listOf(await summaries(), queryOf(query)),
    run: async (id) => {
      const run = await recordOf(id);
      const row = run.status === 'running' ? undefined : await model(run).catch(() => undefined);
      return { ...run, asks: row?.row.kind } satisfies ShownRun;
    },
    compare: async (ids) => {
      if (ids.length < 2 || ids.length > LETTERS.length) {
        throw new PipelineError('E_USAGE', `${ids.length} runs arrived; 2 to ${LETTERS.length} can be compared.`);
      }
      const runs = await Promise.all(ids.map(recordOf));
      const seen = await Promise.all(runs.map(async ({ id }, i) => ({ letter: LETTERS[i]!, evidence: evidenceOf(await readEvents(id)) })));
      // It brings what draws charts.
      const { comparedCurves } = await import('../../report/runs/compareCurves.ts');
      return comparisonHtml(comparisonOf(runs), comparedCurves(seen)).text;
    },
    model: async (id) => (await model(await recordOf(id))).row,
    predict: async (id, row) => (await model(await recordOf(id))).answer(jsonOf(row)),
    report: async (id) => reportOf(await recordOf(id)),
    events: async (id) => {
      const run = await recordOf(id);
      return { path: join(runsDirectory(), run.id, 'events.jsonl'), live: async () => (await readRecord(run.id))?.status === 'running' };
    },
  };
}

function queryOf(query: URLSearchParams): RunQuery {
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  return {
    text: text('text'),
    pipeline: text('pipeline'),
    status: text('status'),
    sort: text('sort'),
    ascending: query.has('ascending'),
    page: Math.trunc(Number(query.get('page'))) || 0,
  };
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new PipelineError('E_USAGE', 'The row is no JSON.');
  }
}

/** Models by their runs; the one asked for last stays in memory. */
function models(): (run: RunRecord) => Promise<ServedModel> {
  let last: { readonly id: string; readonly model: Promise<ServedModel> } | undefined;
  return (run) => {
    if (last?.id !== run.id) last = { id: run.id, model: readEvents(run.id).then((events) => servedModel(run, nodeCacheStore(), events)) };
    return last.model.catch((error: unknown) => {
      last = undefined; // it may be there next time
      throw error;
    });
  };
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
