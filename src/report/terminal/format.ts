// Values as people read them.
import type { AdapterSummary, Json, JsonRecord } from '../../core/events.ts';
import { grouped } from '../../core/numbers.ts';
import { pointName } from '../../core/pointNames.ts';
import type { WorkDone } from '../../core/progress.ts';
import type { RecordedStage } from '../../core/runRecord.ts';

/** In four digits: 70000 -> 70 000; 0.97904 -> 0.9790; 41.6623 -> 41.66; 1.2e-9 stays exponential; NaN, for which JSON has null, is a dash. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '-';
  if (Number.isInteger(value)) return grouped(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : value.toFixed(size < 10 ? 4 : size < 100 ? 2 : 1);
}

/** A score: four digits even where it is 0 or 1, a dash where it is not defined. */
export function scoreNumber(value: number | null): string {
  return value !== null && (value === 0 || Math.abs(value) === 1) ? value.toFixed(4) : number(value ?? NaN);
}

/** Whether values of this name are scores or shares. */
export function scoreLike(key: string): boolean {
  return /accuracy|score|baseline|probability|precision|recall|f1|auc|jaccard|corrcoef|r2$|^neg[A-Z]|^explainedVariance|^adjustedRand|^inlierShare/i.test(key);
}

/** trainAccuracy -> train accuracy */
export function words(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

/** One line for a stage's output: its plain values; what is nested deeper is left to `--json` and the report. */
export function outputLine(output: JsonRecord): string {
  return outputParts(output).join(', ');
}

/** The same, value by value. */
export function outputParts(output: JsonRecord): readonly string[] {
  return Object.entries(output).flatMap(([key, value]) => {
    const text = typeof value === 'number' && scoreLike(key) ? scoreNumber(value) : (plain(value) ?? plainRecord(value));
    return text === undefined ? [] : [`${printable(words(key))} ${text}`];
  });
}

/** `C=3.32 tol=0.1`: the parameters of the best point, say. */
function plainRecord(value: Json): string | undefined {
  if (!isRecord(value)) return undefined;
  const flat = Object.values(value).every((inner) => inner === null || typeof inner !== 'object');
  return flat && Object.keys(value).length > 0 ? printable(pointName(value)) : undefined;
}

function plain(value: Json): string | undefined {
  if (value === null) return '-';
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return printable(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.length <= 10 && value.every((item) => item === null || typeof item !== 'object')) {
    // Between fractions a 1 is one, too.
    const fractions = value.some((item) => typeof item === 'number' && !Number.isInteger(item));
    const items = value.map((item) => (fractions && typeof item === 'number' ? scoreNumber(item) : item === '' ? "''" : plain(item as Json)!));
    // `12 628 37 730` would be two numbers or four, `not 2 2` two names or three.
    return `[${items.join(items.some((item) => /\s/.test(item)) ? ', ' : ' ')}]`;
  }
  if (Array.isArray(value) && value.every((row) => Array.isArray(row) && row.length <= 3)) return `[${value.map((row) => plain(row as Json)).join(' ')}]`;
  return undefined;
}

/** Work that is under way, from the outermost: `5/24 points`, `37/100 trees`. */
export function workParts({ done, total, unit, within = [] }: WorkDone & { readonly within?: readonly WorkDone[] }): readonly string[] {
  return [{ done, total, unit }, ...within].map((one) => `${number(one.done)}${one.total === null ? '' : `/${number(one.total)}`} ${printable(one.unit)}`);
}

/** Parameters of a stage to look at: of a search what it tries, one by one. */
export function shownParams(params: JsonRecord): JsonRecord {
  const key = 'grid' in params ? 'grid' : 'distributions';
  const tried = params[key];
  if (!('estimator' in params) || !isRecord(tried)) return params;
  const others = Object.entries(params).filter(([name]) => name !== key);
  const tries = Object.entries(tried).flatMap(([name, values]): (readonly [string, Json])[] =>
    isRecord(values) ? Object.entries(values).map(([kind, range]) => [`${key} ${name} ${kind}`, range]) : [[`${key} ${name}`, values]],
  );
  return Object.fromEntries([...others, ...tries]);
}

export function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Two values that differ, so that their texts do: parameters to the last digit, results rounded where that tells them apart. */
export function apart(before: Json | undefined, after: Json | undefined, exact = false): readonly [string, string] {
  const text = (value: Json | undefined, digits: boolean): string => {
    if (value === undefined || value === null) return '-';
    return typeof value === 'number' && !digits ? number(value) : printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
  };
  const rounded = [text(before, exact), text(after, exact)] as const;
  return rounded[0] === rounded[1] ? [text(before, true), text(after, true)] : rounded;
}

/** Where numbers were computed: what rounds otherwise has another text. */
export function adapterText({ name, driver, solver }: AdapterSummary): string {
  return `${name}, ${driver}${solver ? `, solver on the ${solver}` : ''}`;
}

/** Text without control characters: names and messages may come from data. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

export function seconds(ms: number): string {
  return ms < 100 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function bytes(count: number): string {
  if (count < 1e6) return `${(count / 1e3).toFixed(count < 1e4 ? 1 : 0)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}

/** Who computed a stage of a run whose stages were handed out. */
export function workerText({ worker, attempt = 1, adapter }: Partial<NonNullable<RecordedStage['computed']>> = {}): string {
  return worker === undefined ? '' : [worker, ...(attempt > 1 ? [`try ${attempt}`] : []), ...(adapter ? [adapter.name] : [])].join(', ');
}
