// `pipeline cache`: shows how much space the results of stages take, and deletes them. Datasets and measurements of this
// machine are not results; they stay.
import type { Command } from 'commander';
import { bytes, number, printable } from '../../../report/terminal/format.ts';
import { nodeCacheStore } from '../../../runtime/node/cache/cacheStore.ts';

export function addCache(program: Command): void {
  const cache = program
    .command('cache')
    .description(
      'Shows or clears the results of stages that are kept for later runs (env PIPELINE_CACHE sets the folder, or s3://bucket/prefix, PIPELINE_CACHE_MB its cap).',
    );
  cache
    .command('info')
    .summary('show folder, size and cap')
    .description('Shows where results are kept, how many there are, and how much space they take and may take.')
    .option('--json', 'one JSON object')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const store = nodeCacheStore();
      const { folder, capBytes } = store;
      const { entries, bytes: size } = await store.size();
      if (json) process.stdout.write(`${JSON.stringify({ type: 'cache', folder, entries, bytes: size, capBytes })}\n`);
      else
        process.stdout.write(
          `${printable(folder)}\n${number(entries)} results, ${bytes(size)}${capBytes === Infinity ? '' : ` of at most ${bytes(capBytes)}`}\n`,
        );
    });
  cache
    .command('clear')
    .summary('delete every result')
    .description('Deletes every result. Downloaded datasets stay.')
    .action(async () => {
      const store = nodeCacheStore();
      const { entries, bytes: size } = await store.size();
      await store.clear();
      process.stdout.write(`${number(entries)} results deleted, ${bytes(size)}\n`);
    });
}
