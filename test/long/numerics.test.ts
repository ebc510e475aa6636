// The whole sweep over scales, levels and constant columns, against float64. UPDATE_DOCS=1 writes its figures into docs/numerics.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testCompute } from '../support/compute.ts';
import { SETS, type Cell } from '../support/ordinaryTables.ts';
import { cells, CLASSES, compare, CONSTANTS, isRight, RATIOS, SCALES, type Figures } from '../support/sweep.ts';

const compute = await testCompute();
const DOCS = new URL('../../docs/numerics.md', import.meta.url);
const BEGIN = '<!-- figures of test/long/numerics.test.ts -->';

test('features of any scale and level train as in float64', { timeout: 7_200_000 }, async () => {
  const swept: (readonly [Cell, Figures])[] = [];
  for (const cell of cells()) swept.push([cell, await compare(cell, compute)]);
  const wrong = swept.filter(([, figures]) => !isRight(figures));
  const warned = swept.filter(([, figures]) => figures.warned);
  console.log(`${swept.length} cells, ${wrong.length} wrong, ${warned.length} warned`);
  if (process.env['UPDATE_DOCS'] === '1') {
    const [text] = readFileSync(DOCS, 'utf8').split(BEGIN);
    writeFileSync(DOCS, `${text}${BEGIN}\n\n${tables(swept)}`);
  }
  expect(wrong.map(([cell, figures]) => JSON.stringify({ ...cell, ...figures }))).toEqual([]);
  expect(warned.filter(([cell]) => cell.standardised)).toEqual([]);
  // float64 takes no fewer iterations there, and would warn too.
  expect(warned.filter(([, { status }]) => status[1] !== 'max-iter' && status[1] !== 'stalled')).toEqual([]);
  expect(warned.length).toBeLessThanOrEqual(0.05 * swept.length);
});

/** A table for each set, number of classes, and scaling: scales down, ratios across. */
function tables(swept: readonly (readonly [Cell, Figures])[]): string {
  const figure = (wanted: Omit<Cell, 'constant'> & { readonly constant?: number }): string => {
    const [, found] = swept.find(
      ([cell]) => (Object.keys(wanted) as (keyof Cell)[]).every((key) => cell[key] === wanted[key]) && cell.constant === wanted.constant,
    )!;
    return textOf(found);
  };
  const parts = SETS.flatMap((set) =>
    CLASSES.flatMap((classes) =>
      [false, true].map((standardised) => {
        const of = { set, classes, standardised };
        const rows = SCALES.map((scale) => `| ${scale} | ${RATIOS.map((ratio) => figure({ ...of, scale, ratio })).join(' | ')} |`);
        const constants = CONSTANTS.map((constant) => `${constant}: ${figure({ ...of, scale: 1, ratio: 0, constant })}`);
        return [
          `### ${set}, ${classes} classes, ${standardised ? 'standardised' : 'raw'}`,
          '',
          `| scale | ${RATIOS.join(' | ')} |`,
          `|---|${RATIOS.map(() => '---').join('|')}|`,
          ...rows,
          '',
          `Beside a constant column: ${constants.join('; ')}.`,
          '',
        ].join('\n');
      }),
    ),
  );
  return parts.join('\n');
}

function textOf({ off, spread, status, warned }: Figures): string {
  const shown = (distance: number): string => (distance > 1 ? '>1' : distance.toExponential(0));
  const own = shown(off.coef);
  const unsure = spread ? ` (${shown(spread.coef)})` : '';
  return `${own}${unsure}${spread && status[1] !== 'converged' ? '*' : ''}${warned ? ' !' : ''}`;
}
