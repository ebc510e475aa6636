// A recorded run to look at in a terminal: pictures, weights, losses, confusion matrices.
import type { JsonRecord } from '../../core/events.ts';
import { namesOf, type Evidence } from '../html/data.ts';
import { confusionLines, sparkline } from './charts.ts';
import { number, printable } from './format.ts';
import { gridLines } from './picture.ts';
import type { TerminalStyle } from './style.ts';

interface Shown {
  readonly path: string;
  readonly output?: JsonRecord | undefined;
}

/** Most lines of losses: a grid trains hundreds of models. */
const MOST_LOSSES = 12;

/** All there is to see of a run, a section each. */
export function lookLines(
  stages: readonly Shown[],
  evidence: Evidence,
  { depth, columns, colors }: Pick<TerminalStyle, 'depth' | 'columns' | 'colors'>,
): readonly string[] {
  const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [colors.bold(title), ...lines, '']);
  const losses = evidence.histories.flatMap(({ models }) =>
    models
      .slice(0, MOST_LOSSES)
      .map(({ model, loss }) => `${printable(model).padEnd(10)} ${sparkline(loss)} ${number(loss.at(-1)!)} after ${loss.length - 1} iterations`),
  );
  const confusions = stages.flatMap(({ path, output }) => {
    const confusion = output?.['confusion'];
    if (!Array.isArray(confusion)) return [];
    const counts = confusion as number[][];
    return [printable(path), ...confusionLines(counts, namesOf(output!, counts.length).map(printable)), ''];
  });
  return [
    ...section('Rows looked at', gridLines(evidence.rows, depth, columns)),
    ...section('Loss', losses),
    ...section('Weights', gridLines(evidence.weights, depth, columns)),
    ...section('Confusion: rows are true classes, columns predicted ones', confusions),
    ...section('Surest mistakes', gridLines(evidence.mistakes, depth, columns)),
  ];
}
