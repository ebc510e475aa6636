// `pipeline look`: the pictures, losses and confusion matrices of a recorded run, in the terminal or as PNG files.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { evidenceOf } from '../report/html/data.ts';
import { png } from '../report/png.ts';
import { lookLines } from '../report/terminal/look.ts';
import { terminalStyle } from '../report/terminal/style.ts';
import { readEvents } from '../runtime/node/runStore.ts';
import { recordOf } from './runs.ts';

/** Pixels of the file a pixel of the picture. */
const SCALE = 10;

export function addLook(program: Command): void {
  program
    .command('look')
    .argument('[run]', 'a run: its id or the beginning of it, last, last~1', 'last')
    .summary('look at a run')
    .description('Shows the pictures, losses, weights, confusion matrices and surest mistakes of a recorded run.')
    .option('--png <folder>', 'write every picture as a PNG file instead')
    .action(async (id: string, { png: folder }: { readonly png?: string }) => {
      const run = await recordOf(id);
      const evidence = evidenceOf(await readEvents(run.id));
      if (folder === undefined) {
        for (const line of lookLines(run.stages, evidence, terminalStyle(process.stdout, process.env))) process.stdout.write(`${line}\n`);
        return;
      }
      await mkdir(folder, { recursive: true });
      for (const [kind, pictures] of Object.entries({ row: evidence.rows, weights: evidence.weights, mistake: evidence.mistakes })) {
        for (const [i, picture] of pictures.entries()) {
          const file = join(folder, `${kind}-${i + 1}.png`);
          await writeFile(file, png(picture, SCALE));
          process.stdout.write(`${file}  ${picture.caption}\n`);
        }
      }
    });
}
