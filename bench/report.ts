// Figures as text: one line each, beside it what memory and arithmetic of the device would need at the least.
import type { Figure } from './harness.ts';
import { BUSY_LOAD, type Machine } from './machine.ts';
import { limitOf, type Limit, type Peaks } from './probes/probes.ts';

export interface ReportedFigure extends Figure {
  readonly limit?: Limit | undefined;
}

export interface BenchReport {
  readonly type: 'bench';
  readonly schema: 1;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly peaks: Peaks;
  /** Versions, or why it was left out. */
  readonly sklearn: Readonly<Record<string, unknown>> | string;
  readonly figures: readonly ReportedFigure[];
  readonly loadAverageAfter: readonly number[];
}

export function withLimits(figures: readonly Figure[], peaks: Peaks): readonly ReportedFigure[] {
  return figures.map((figure) => ({ ...figure, limit: figure.work && limitOf(figure.work, peaks) }));
}

export function machineLines({ cpu, cores, memoryGiB, node, adapter, loadAverage, date, commit }: Machine): string[] {
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; Node ${node}; ${date}${commit === undefined ? '' : `; commit ${commit}`}`,
    `${adapter.name}, driver ${adapter.driver}${adapter.software ? ', software' : ''}`,
    `load average ${loadAverage.join(' ')}${loadAverage[0]! > BUSY_LOAD ? ': this machine is busy, the figures will be worse than it can do' : ''}`,
  ];
}

const HEADINGS = ['', 'median ms', 'min', 'max', 'n', 'bytes ms', 'mul-add ms', 'of limit', 'times'];

export function tableLines({ figures, peaks, sklearn }: BenchReport): string[] {
  const rows = figures.map(({ title, medianMs, minMs, maxMs, samples, limit, ratio }) => [
    title,
    ms(medianMs),
    ms(minMs),
    ms(maxMs),
    String(samples),
    limit ? ms(limit.bytesMs) : '',
    limit && limit.multiplyAddsMs > 0 ? ms(limit.multiplyAddsMs) : '',
    limit ? `${Math.round((Math.max(limit.bytesMs, limit.multiplyAddsMs) / medianMs) * 100)} %` : '',
    ratio ? `${ratio.value.toFixed(2)} x ${ratio.to}` : '',
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 || i === HEADINGS.length - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const facts = figures.flatMap(({ title, facts }) => (facts ? [`  ${title}: ${factText(facts)}`] : []));
  return [
    `device at its best: read ${(peaks.readBytesPerSecond / 1e9).toFixed(1)} GB/s, copy ${(peaks.copyBytesPerSecond / 1e9).toFixed(1)} GB/s (read + written), ${(peaks.multiplyAddsPerSecond / 1e9).toFixed(0)} G multiply-adds/s, empty submit ${peaks.submitMs.toFixed(2)} ms`,
    ...(peaks.neighborProductsPerSecond > 0
      ? [
          `bytes loaded, handed round and multiplied, all of them: ${(peaks.neighborProductsPerSecond / 1e9).toFixed(1)} G multiply-adds/s as neighbours, ${(peaks.clusterProductsPerSecond / 1e9).toFixed(1)} as clusters`,
        ]
      : []),
    typeof sklearn === 'string'
      ? sklearn
      : Object.entries(sklearn)
          .map(([name, version]) => `${name} ${[version].flat().join(', ')}`)
          .join(', '),
    '',
    line(HEADINGS),
    ...rows.map(line),
    ...(facts.length > 0 ? ['', ...facts] : []),
  ];
}

function factText(facts: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown): string =>
    typeof value === 'number' ? String(Number(value.toPrecision(5))) : Array.isArray(value) ? value.map(text).join(' ') : String(value);
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${text(value)}`)
    .join(', ');
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0);
}
