// What a run found out, behind its stages: predictions, scores beside what always answering the commonest class would get, means and
// spreads, the best of searches; then what it took, and what to do next.
import type { Json, JsonRecord, RunEvent } from '../../core/events.ts';
import { scoreCurve, searchOf, spreadOf } from '../search.ts';
import { bytes, number, outputLine, printable, scoreLike, scoreNumber, seconds, words } from './format.ts';

export interface Shown {
  readonly path: string;
  readonly output?: JsonRecord | undefined;
}

/** Names of ties that are told. */
const MOST_TIES = 5;

/**
 * A row for each stage that found something out: its path, and that in a sentence.
 *
 * @param ends stages that nothing reads from: what those of the user's own say is a result, too
 */
export function resultRows(stages: readonly Shown[], ends: ReadonlySet<string> = new Set()): readonly (readonly [string, string])[] {
  return stages.flatMap((stage) => {
    const { path, output = {} } = stage;
    const text = searchText(stage) ?? foldsText(output) ?? predictionText(stage, stages) ?? savedText(output) ?? curveText(stage) ?? scoreText(output) ?? '';
    const said = text === '' && ends.has(path) && !isShown(output) ? outputLine(output) : text;
    return said === '' ? [] : [[printable(path), said] as const];
  });
}

/** Of `show`: a picture, which stands above. */
function isShown(output: JsonRecord): boolean {
  return Object.keys(output).every((key) => key === 'row' || key === 'label');
}

function baselineText({ majorityBaseline }: JsonRecord): readonly string[] {
  return majorityBaseline === undefined ? [] : [`majority baseline ${scoreOf(majorityBaseline)}`];
}

function scoreOf(value: Json | undefined): string {
  return typeof value === 'number' ? scoreNumber(value) : '-';
}

/** With as many digits as the mean has, where that is below 1. */
function spreadText(mean: Json | undefined, spread: number): string {
  return typeof mean === 'number' && Math.abs(mean) <= 1 ? spread.toFixed(4) : scoreNumber(spread);
}

/** `0.9790 ± 0.0005` */
function meanText(mean: Json | undefined, scores: Json | undefined): string {
  const spread = Array.isArray(scores) ? spreadOf(scores as readonly (number | null)[]) : null;
  return `${scoreOf(mean)}${spread === null ? '' : ` ± ${spreadText(mean, spread)}`}`;
}

function searchText(stage: Shown): string | undefined {
  const search = searchOf(stage);
  if (!search) return undefined;
  const { points, scoring, tied } = search;
  const best = points[0]!;
  const equal = points.slice(0, tied).map(({ name }) => printable(name));
  const more = tied > MOST_TIES ? ` and ${tied - MOST_TIES} more` : '';
  const tie = tied > 1 ? [`${tied} points are equally good: ${equal.slice(0, MOST_TIES).join('; ')}${more}`] : [];
  const score = `best ${printable(best.name)}: ${scoring} ${meanText(best.mean, [...best.foldScores])} in ${best.foldScores.length} folds`;
  return [score, ...tie, `${points.length} points`, ...baselineText(stage.output!)].join(', ');
}

function foldsText(output: JsonRecord): string | undefined {
  const { foldScores, meanScore, scoring, scores, means } = output;
  if (!Array.isArray(foldScores) || meanScore === undefined || typeof scoring !== 'string') return undefined;
  const first = `${words(scoring)} ${meanText(meanScore, foldScores)} in ${foldScores.length} folds`;
  const others = Object.entries((means ?? {}) as JsonRecord).filter(([name]) => name !== scoring);
  return [first, ...others.map(([name, mean]) => `${words(name)} ${meanText(mean, (scores as JsonRecord | undefined)?.[name])}`), ...baselineText(output)].join(
    ', ',
  );
}

/** By the name of its class, where a model that says yes or no was fitted before it in the same branch. */
function predictionText({ path, output = {} }: Shown, stages: readonly Shown[]): string | undefined {
  const { row, prediction, label, value, probability, distance } = output;
  if (prediction === undefined || typeof row !== 'number') return undefined;
  const classes = classesBefore(path, stages);
  const named = nameOfPrediction(prediction, classes);
  const of = classes?.length === 2 ? printable(String(classes[1])) : named;
  const truth = label === undefined ? [] : [`its label is ${printable(String(label))}`];
  return [
    `row ${number(row)}: ${named}${typeof probability === 'number' ? ` (probability of ${of}: ${scoreNumber(probability)})` : ''}`,
    ...(typeof distance === 'number' ? [`distance ${number(distance)}`] : []),
    ...truth,
    ...(typeof value === 'number' ? [`its value is ${number(value)}`] : []),
  ].join(', ');
}

/** The output as people read it: a yes or no by the name of its class. */
export function withClassName({ path, output = {} }: Shown, before: readonly Shown[]): JsonRecord {
  const { prediction } = output;
  return typeof prediction === 'boolean' ? { ...output, prediction: nameOfPrediction(prediction, classesBefore(path, before)) } : output;
}

/** `tame/` of `tame/fit`, and nothing of `fit`: the row of stages that a stage stands in. */
export function rowOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** Names of the classes that the last model before a stage tells apart. */
export function classesBefore(path: string, stages: readonly Shown[]): readonly Json[] | undefined {
  const at = stages.findIndex((stage) => stage.path === path);
  const before = at < 0 ? stages : stages.slice(0, at);
  const found = before.findLast((stage) => path.startsWith(rowOf(stage.path)) && Array.isArray(stage.output?.['classes']));
  return found?.output!['classes'] as readonly Json[] | undefined;
}

function nameOfPrediction(prediction: Json, classes: readonly Json[] | undefined): string {
  if (typeof prediction === 'boolean') return classes?.length === 2 ? printable(String(classes[prediction ? 1 : 0])) : prediction ? 'yes' : 'no';
  if (typeof prediction === 'number') return number(prediction);
  return printable(Array.isArray(prediction) ? prediction.join(', ') || 'no label' : String(prediction));
}

function savedText({ file, bytes: size, ...others }: JsonRecord): string | undefined {
  return typeof file === 'string' && typeof size === 'number' && Object.keys(others).length === 0 ? `saved as ${printable(file)}, ${bytes(size)}` : undefined;
}

function curveText(stage: Shown): string | undefined {
  const curve = scoreCurve(stage);
  if (!curve) return undefined;
  const best = curve.points.reduce((a, b) => ((b.mean ?? -Infinity) > (a.mean ?? -Infinity) ? b : a));
  return `${curve.scoring} by ${printable(curve.param)}: best at ${printable(String(best.value))}, ${meanText(best.mean, [...best.foldScores])} in ${best.foldScores.length} folds`;
}

/** Of `score` and whatever else scored rows that training did not see. */
function scoreText(output: JsonRecord): string | undefined {
  const scores = Object.entries(output).filter(
    ([key, value]) => scoreLike(key) && !/^train|aseline$/.test(key) && (typeof value === 'number' || value === null),
  );
  if (scores.length === 0 || 'objective' in output) return undefined;
  const said = scores.map(([key, value]) => `${words(key)} ${scoreOf(value)}`);
  return [...said.slice(0, 1), ...baselineText(output), ...said.slice(1)].join(', ');
}

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

/** What it took: time, memory, and results that did not have to be computed. */
export function costParts({ ms, peak }: Finished, cached: number, stages: number): readonly string[] {
  return [
    `done in ${seconds(ms)}`,
    ...(cached > 0 ? [`${cached} of ${stages} results from the cache`] : []),
    ...(peak?.processBytes === undefined ? [] : [`${bytes(peak.processBytes)} of memory`]),
    ...(peak && peak.deviceBytes > 0 ? [`${bytes(peak.deviceBytes)} on the device`] : []),
  ];
}
