// `pipeline look`: what a recorded run left to see, in the terminal or as PNG files.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Picture } from '../../../core/events.ts';
import type { RecordedStage, RunRecord } from '../../../core/runRecord.ts';
import { captioned, evidenceOf, type Evidence } from '../../../report/html/data.ts';
import { confusionPicture, gridPicture, lossPicture } from '../../../report/pictures.ts';
import { errorLines } from '../../../report/terminal/error.ts';
import { printable } from '../../../report/terminal/format.ts';
import { png } from '../../../report/png.ts';
import { lookLines } from '../../../report/terminal/look.ts';
import { terminalStyle, type TerminalStyle } from '../../../report/terminal/style.ts';
import { readEvents } from '../../../runtime/node/runs/runStore.ts';
import { recordOf } from './runs.ts';

/** Pixels of the file a pixel of the picture; a cell of a confusion matrix is one. */
const SCALE = 10;
const CELL = 40;

interface PictureFile {
  readonly name: string;
  readonly picture: Picture;
  readonly scale: number;
}

function filesOf(stages: readonly RecordedStage[], { rows, weights, mistakes, figures, histories }: Evidence): readonly PictureFile[] {
  const numbered = (name: string, pictures: readonly Picture[], scale: number): PictureFile[] =>
    pictures.map((picture, i) => ({ name: `${name}-${i + 1}`, picture, scale }));
  const confusions = stages.flatMap(({ path, output }) => {
    const confusion = output?.['confusion'];
    return Array.isArray(confusion) ? [confusionPicture(path, confusion as number[][])] : [];
  });
  const grid = gridPicture(mistakes, 'the most confident mistakes, row by row');
  return [
    ...numbered('row', captioned(rows), SCALE),
    ...numbered(
      'figure',
      figures.flatMap((figure) => ('picture' in figure ? [figure.picture] : [])),
      SCALE,
    ),
    ...numbered('weights', captioned(weights), SCALE),
    ...numbered('mistake', captioned(mistakes), SCALE),
    ...numbered('mistakes', grid ? [grid] : [], 3),
    ...numbered('loss', histories.map(lossPicture), 3),
    ...numbered('confusion', confusions, CELL),
  ];
}

/** Which run it is; what stopped it, where something did. */
function headLines({ id, pipeline, status, error }: RunRecord, style: TerminalStyle): readonly string[] {
  return [`${style.colors.bold(printable(pipeline))}  ${status}  ${style.colors.dim(id)}`, ...(error ? errorLines(error, style) : []), ''];
}

export function addLook(program: Command): void {
  program
    .command('look')
    .argument('[run]', 'id of a run or a prefix of one; last, last~1', 'last')
    .description('Shows what a recorded run left to see: pictures, losses, weights, confusion matrices, mistakes, clusters, components.')
    .option('--png <folder>', 'write every picture as a PNG file instead')
    .action(async (id: string, { png: folder }: { readonly png?: string }) => {
      const run = await recordOf(id);
      const evidence = evidenceOf(await readEvents(run.id));
      if (folder === undefined) {
        const style = terminalStyle(process.stdout, process.env);
        for (const line of [...headLines(run, style), ...lookLines(run.stages, evidence, style)]) process.stdout.write(`${line}\n`);
        return;
      }
      await mkdir(folder, { recursive: true });
      for (const { name, picture, scale } of filesOf(run.stages, evidence)) {
        const file = join(folder, `${name}.png`);
        await writeFile(file, png(picture, scale));
        process.stdout.write(`${file}  ${printable(picture.caption)}\n`);
      }
    });
}
