import { openNodeCompute } from '../../src/runtime/node/runtime.ts';
import { cells, compare, isRight } from '../support/sweep.ts';
const { compute } = await openNodeCompute({ quiet: true });
const every = Number(process.argv[2] ?? 1);
let bad = 0,
  warned = 0,
  n = 0,
  both = 0;
const start = performance.now();
for (const [i, cell] of cells().entries()) {
  if (i % every) continue;
  const t = performance.now();
  const f = await compare(cell, compute);
  n++;
  if (!isRight(f)) bad++;
  if (f.warned) {
    warned++;
    if (f.status[1] === 'max-iter' || f.status[1] === 'stalled') both++;
  }
  if (!isRight(f) || f.warned || f.spread)
    console.log(
      isRight(f) ? 'ok' : 'BAD',
      JSON.stringify(cell),
      JSON.stringify(f.off),
      JSON.stringify(f.spread),
      f.iterations.join('/'),
      f.objective.map((o) => o.toFixed(7)).join('/'),
      f.status.join('/'),
      f.warned,
      (performance.now() - t).toFixed(0),
    );
}
console.log({ n, bad, warned, both, s: (performance.now() - start) / 1000 });
compute.destroy();
