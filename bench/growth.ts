// How a sharded fit grows: a discrete-event simulation of its rounds, from figures that bench/shards.ts and bench/tasks/evaluation.ts
// measured, to 1 000 workers and 10^9 rows. It says what bounds a round, and from which rows a worker on it pays. Figures of networks
// are assumed, and named so.
// usage: tsx --conditions=pipeline-gpu-source bench/growth.ts
import { RandomState } from '../src/core/data/random.ts';
import { cutsOf } from '../src/core/shards/shards.ts';
import { blockTilesOf } from '../src/estimators/linear/batchSizes.ts';
import { spanRowsBy } from '../src/estimators/rows/sharded/parts.ts';
import { tileShape } from '../src/kernels/lib/tiles.ts';

const [MODELS, COLS] = [4, 784];
const COLUMN_BYTES = MODELS * (COLS + 1) * 8;

interface Figures {
  readonly name: string;
  /** Measured: loss and gradient of four columns, a row, in ms. */
  readonly rowMs: number;
  /** Measured: least time of a round of one worker beside its compute. */
  readonly idleMs: number;
  /** Measured: what the driver does for one more worker in a round, sums added among it. */
  readonly driverMs: number;
  /** Assumed: bytes a ms into and out of the driver, and the time of a packet one way. */
  readonly bytesPerMs: number;
  readonly latencyMs: number;
}

/** Of two cores, one process: 21 ms for 60 000 rows. Rounds: 0.29 and 0.25 ms with one worker, 0.18 and 0.15 more with each. */
const MEASURED = { rowMs: 21 / 60_000, idleMs: 0.12, driverMs: 0.17 };
const SETUPS: readonly Figures[] = [
  { name: 'two cores a worker, 1 Gbit/s', ...MEASURED, bytesPerMs: 125_000, latencyMs: 0.1 },
  { name: 'two cores a worker, 10 Gbit/s', ...MEASURED, bytesPerMs: 1_250_000, latencyMs: 0.05 },
  // Assumed: a device that reads rows at 1 TB/s, twice a round.
  { name: 'a GPU of 1 TB/s a worker, 10 Gbit/s', ...MEASURED, rowMs: (2 * COLS) / 1e9, bytesPerMs: 1_250_000, latencyMs: 0.05 },
];
/** Assumed: one standard deviation of a worker's compute, and how often it takes twice as long. */
const [SPREAD, SLOW] = [0.05, 1e-4];

/** Something that does one thing after the other. */
class Line {
  free = 0;
  busy = 0;

  /** @returns when it is done with what arrives at `at` */
  take(at: number, ms: number): number {
    this.free = Math.max(this.free, at) + ms;
    this.busy += ms;
    return this.free;
  }
}

interface Iteration {
  readonly ms: number;
  /** Of `ms`, by what was busy, or waited for. */
  readonly shares: Readonly<Record<'compute' | 'slowest' | 'link' | 'driver', number>>;
}

/** Loss along a new direction, then its gradient. */
function iteration({ rowMs, idleMs, driverMs, bytesPerMs, latencyMs }: Figures, rows: number, workers: number, random: RandomState): Iteration {
  const shards = shardsOf(rows, workers);
  const [out, back, driver] = [new Line(), new Line(), new Line()];
  let now = 0;
  let [compute, slowest] = [0, 0];
  for (const round of ['loss', 'gradient'] as const) {
    const asked = round === 'loss' ? COLUMN_BYTES : 100;
    const begun = now;
    // Sent one after the other; each worker computes when its own has come. One pass makes the gradient with the loss.
    const arrivals = shards.map(({ rows: own, branches }) => {
      const sent = out.take(driver.take(begun, driverMs / 2), asked / bytesPerMs);
      const works = round === 'loss' ? own * rowMs * factor(random) : 0;
      const answer = (round === 'loss' ? MODELS * 16 : COLUMN_BYTES) * branches;
      return { works, at: sent + latencyMs + works + idleMs, answer };
    });
    const works = arrivals.map((one) => one.works);
    const mean = works.reduce((sum, own) => sum + own, 0) / works.length;
    compute += mean;
    slowest += Math.max(...works) - mean;
    // An event queue of one kind: answers reach the link in the order in which they are ready, and the driver in that of the link.
    for (const { at, answer } of arrivals.toSorted((a, b) => a.at - b.at)) now = driver.take(back.take(at + latencyMs, answer / bytesPerMs), driverMs / 2);
  }
  return { ms: now, shares: { compute: compute / now, slowest: slowest / now, link: Math.max(out.busy, back.busy) / now, driver: driver.busy / now } };
}

function factor(random: RandomState): number {
  const uniform = (): number => random.uint32() / 2 ** 32;
  const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Math.max(0.8, 1 + SPREAD * normal) * (uniform() < SLOW ? 2 : 1);
}

/** As a fit is cut: rows of each shard, and branches that it sends. */
function shardsOf(rows: number, workers: number): readonly { readonly rows: number; readonly branches: number }[] {
  const shape = tileShape(rows, COLS, 'u8');
  const spanRows = spanRowsBy(shape, blockTilesOf(shape));
  const spans = Math.ceil(rows / spanRows);
  const cuts = cutsOf(spans, workers);
  return cuts.map((cut, i) => {
    const end = cuts[i + 1] ?? spans;
    return { rows: Math.min(rows, end * spanRows) - cut * spanRows, branches: branchesIn(cut, end) };
  });
}

/** The largest that fill these spans, as `branchesOf` cuts them. */
function branchesIn(first: number, end: number): number {
  let count = 0;
  for (let at = first; at < end; count++) {
    let size = 1;
    while (at % (size * 2) === 0 && at + size * 2 <= end) size *= 2;
    at += size;
  }
  return count;
}

/** Over a few iterations. */
function mean(figures: Figures, rows: number, workers: number): Iteration {
  const random = new RandomState(workers);
  const all = Array.from({ length: 20 }, () => iteration(figures, rows, workers, random));
  const of = (key: keyof Iteration['shares']): number => all.reduce((sum, { shares }) => sum + shares[key], 0) / all.length;
  return {
    ms: all.reduce((sum, { ms }) => sum + ms, 0) / all.length,
    shares: { compute: of('compute'), slowest: of('slowest'), link: of('link'), driver: of('driver') },
  };
}

/** More are not tried. */
const MOST_ROWS = 1e11;

/** Rows of a worker from which on each does at least half of what it would alone. */
function paysFrom(figures: Figures, workers: number): number | undefined {
  for (let each = 4096; each * workers <= MOST_ROWS; each = Math.round(each * 1.25)) {
    if ((each * workers * figures.rowMs) / (workers * mean(figures, each * workers, workers).ms) >= 0.5) return each;
  }
  return undefined;
}

const short = (value: number): string =>
  value >= 1e6 ? `${Math.round(value / 1e5) / 10}M` : value >= 1000 ? `${Math.round(value / 1000)}k` : String(Math.round(value * 10) / 10);

for (const figures of SETUPS) {
  console.log(`\n${figures.name}`);
  console.log('rows      workers  ms an iteration  efficiency  busy: compute, slowest, link, driver');
  for (const rows of [60_000, 1e6, 1e7, 1e8, 1e9]) {
    for (const workers of [1, 2, 10, 100, 1000]) {
      if (rows / workers < 4096) continue;
      const { ms, shares } = mean(figures, rows, workers);
      const efficiency = (rows * figures.rowMs) / (workers * ms);
      const parts = Object.values(shares).map((share) => `${Math.round(share * 100)}%`.padStart(5));
      console.log(`${short(rows).padEnd(9)} ${String(workers).padEnd(8)} ${short(ms).padEnd(16)} ${efficiency.toFixed(2).padEnd(11)} ${parts.join(' ')}`);
    }
  }
  for (const workers of [2, 10, 100, 1000]) {
    const each = paysFrom(figures, workers);
    console.log(`${workers} workers ${each === undefined ? 'never do half of what they would alone' : `pay from ${short(each)} rows each`}`);
  }
}
