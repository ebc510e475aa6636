// What the types of a dataset promise, held against what there is: sources and stages may be JavaScript, read a file, or
// convert in silence. Said where the rows arrive, not where a number comes out wrong.
import { targetKindOf, type Classes, type ClassName, type Dataset, type Indicators, type Rows, type TargetKind, type Values } from './dataset.ts';
import { isLabels, largestOf, MOST_LABEL, type Labels } from './labels.ts';
import { PipelineError } from '../errors/errors.ts';
import { categoriesOf, codeWithoutName } from './categories.ts';
import { checkCsr } from './csr.ts';
import { dtypeOf, DTYPES, FEATURE_ARRAYS, type Matrix } from './matrix.ts';

type Made = 'the source of' | 'the stage that made';

/**
 * @param made what a cure has to be applied to
 * @throws E_DATA naming the dataset, what arrived, what is needed and how to get it
 */
export function checkDataset(data: Rows & Partial<Classes & Values & Indicators>, made: Made = 'the stage that made'): void {
  if (typeof data !== 'object' || data === null) {
    throw new PipelineError('E_DATA', `A value of type ${kindOf(data)} arrived as a dataset.`, { hint: 'Return { name, role, x, labels, rows }.' });
  }
  const { name, x, columns, rows, weights, groups, groupNames } = data;
  const refuse = (what: string, arrived: string, needed: string, hint?: string): never => {
    throw new PipelineError('E_DATA', `${name}: ${arrived} arrived as ${what}; ${needed} needed.`, {
      hint: `Correct ${what} in ${made} ${name}${hint === undefined ? '' : `: ${hint}`}.`,
    });
  };
  checkFeatures(x, refuse);
  checkCategories(x, refuse);
  if (columns !== undefined) checkNames(columns, x.cols, refuse);
  const perRow = (what: string, { length }: ArrayLike<unknown>): void => {
    if (length !== x.rows) refuse(what, `${length} values`, `${x.rows}, one for each row of x, are`);
  };
  checkTargets(data, x.rows, perRow, refuse);
  if (!(rows instanceof Uint32Array)) refuse('rows', `a value of type ${kindOf(rows)}`, 'a Uint32Array is', cureOf(rows, 'Uint32Array', 'rows'));
  if (rows.length === 0) refuse('rows', 'no row', 'at least one is', 'the file has none, or a filter leaves none');
  const outside = rows.find((row) => row >= x.rows);
  if (outside !== undefined) refuse('rows', `row ${outside}`, x.rows === 0 ? 'rows of x are' : `ids from 0 to ${x.rows - 1} are`);
  if (groups !== undefined) {
    if (!(groups instanceof Uint32Array)) refuse('groups', `a value of type ${kindOf(groups)}`, 'a Uint32Array is', groupCure(groups));
    perRow('groups', groups);
    const most = largestOf(groups);
    if (groupNames && most >= groupNames.length) refuse('groupNames', `${groupNames.length} names`, `${most + 1}, one for each group from 0 to ${most}, are`);
  }
  if (weights === undefined) return;
  if (!(weights instanceof Float32Array))
    refuse('weights', `a value of type ${kindOf(weights)}`, 'a Float32Array is', cureOf(weights, 'Float32Array', 'weights'));
  perRow('weights', weights);
  checkWeights(rows, weights, refuse);
}

/** What estimators of a kind of target call it, and where it comes from. */
const TARGETS = {
  classes: { called: 'classes', cure: 'labels: Uint8Array.of(0, 1, 1), a table a label()' },
  values: { called: 'values', cure: 'values: matrix(rows, 1, Float64Array.of(1.5, 2, 7)), a table a value()' },
  indicators: { called: 'several labels a row', cure: 'indicators: matrix(rows, labels, Uint8Array.of(0, 1, 1, 1))' },
  none: { called: 'no target', cure: '' },
} as const satisfies Record<TargetKind, unknown>;

/**
 * As {@link checkDataset}, and that the rows have the target that is needed.
 *
 * @param owner who needs it, for the error
 * @throws E_DATA
 */
export function checkTarget(owner: string, data: Rows, needed: TargetKind): void {
  checkDataset(data);
  const kind = targetKindOf(data);
  if (needed === 'none' || kind === needed) return;
  throw new PipelineError('E_DATA', `${owner} learns ${TARGETS[needed].called}; the rows of ${data.name} have ${TARGETS[kind].called}.`, {
    hint: `Give the dataset ${TARGETS[needed].cure}, or fit an estimator of ${TARGETS[kind].called}.`,
  });
}

function checkTargets(
  data: Partial<Classes & Values & Indicators>,
  count: number,
  perRow: (what: string, values: ArrayLike<unknown>) => void,
  refuse: Refuse,
): void {
  const { labels, classNames, values, indicators } = data;
  const given = Object.entries({ labels, values, indicators }).filter(([, value]) => value !== undefined);
  if (given.length > 1) refuse('target', given.map(([what]) => what).join(' and '), 'one of them is');
  if (labels !== undefined || given.length === 0) {
    if (labels === undefined && !('labels' in data)) return;
    if (!isLabels(labels)) refuse('labels', `a value of type ${kindOf(labels)}`, 'a Uint8Array, Uint16Array or Uint32Array is', labelCure(labels));
    perRow('labels', labels as Labels);
    const most = largestOf(labels as Labels);
    if (most > MOST_LABEL)
      refuse('labels', `label ${most}`, `whole numbers from 0 to ${MOST_LABEL} are`, 'give a list, Array.from(labels): then fetch numbers the classes');
    if (classNames !== undefined) checkClassNames(classNames, most, refuse);
    return;
  }
  const [what, dtype, type] = values === undefined ? (['indicators', 'u8', 'Uint8Array'] as const) : (['values', 'f64', 'Float64Array'] as const);
  const target = (values ?? indicators) as Matrix | undefined;
  const numbers = target?.data;
  if (typeof target !== 'object' || target.dtype !== dtype || !numbers)
    refuse(what, `a ${kindOf(target)}`, `a matrix of ${dtype} is`, `matrix(rows, 1, ${type}.from(${what}))`);
  const { rows, cols } = target!;
  if (rows !== count || cols < 1 || numbers!.length !== rows * cols) refuse(what, `a matrix of ${rows} x ${cols}`, `${count} rows, one for each row of x, are`);
  const wrong = numbers!.findIndex((value: number) => (what === 'values' ? !Number.isFinite(value) : value > 1));
  if (wrong < 0) return;
  const cure = what === 'values' ? 'leave rows without a value out of the dataset' : '1 where a row has the label, 0 where it has not';
  refuse(what, `${numbers![wrong]} of row ${Math.floor(wrong / cols)}`, what === 'values' ? 'finite numbers are' : '0 or 1 is', cure);
}

/** Labels whose rows all have weight 0: nothing is learned of them. */
export function weightlessLabels({ labels, rows, weights }: Dataset): readonly number[] {
  if (!weights) return [];
  const weighty = new Set<number>();
  for (const row of rows) if (weights[row]! > 0) weighty.add(labels[row]!);
  return [...new Set(Array.from(rows, (row) => labels[row]!))].filter((label) => !weighty.has(label)).toSorted((a, b) => a - b);
}

type Refuse = (what: string, arrived: string, needed: string, hint?: string) => never;

function checkFeatures(x: Dataset['x'], refuse: Refuse): void {
  if (typeof x !== 'object' || x === null || !('cols' in x))
    refuse('x', `a value of type ${kindOf(x)}`, 'a matrix is', 'matrix(rows, cols, Float64Array.from(values))');
  const whole = (value: number): boolean => Number.isInteger(value) && value >= 0;
  if (!whole(x.rows) || !whole(x.cols)) refuse('x', `a matrix of ${x.rows} x ${x.cols}`, 'whole numbers of rows and columns are');
  if (x.cols === 0) refuse('x', 'a matrix without columns', 'at least one is', 'every column was left out');
  if (!Object.hasOwn(DTYPES, x.dtype)) refuse('x', `a matrix of dtype ${String(x.dtype)}`, `one of ${Object.keys(DTYPES).join(', ')} is`);
  if ('readRows' in x) return;
  if ('indptr' in x) return checkCsr(x);
  const dtype = dtypeOf(x.data);
  if (dtype === undefined || dtype !== x.dtype) {
    const cure = 'matrix(rows, cols, Float64Array.from(values)), or Uint8Array.from(values) where all are whole numbers from 0 to 255';
    refuse('x', `${/^[AEIO]/.test(kindOf(x.data)) ? 'an' : 'a'} ${kindOf(x.data)} of dtype ${x.dtype}`, `${FEATURE_ARRAYS} is`, cure);
  }
  if (x.data.length !== x.rows * x.cols) refuse('x', `${x.data.length} values of a ${x.rows} x ${x.cols} matrix`, `${x.rows * x.cols} are`);
}

/** Names that classes can be known by: each label has one, and no other has the same. */
function checkClassNames(classNames: readonly ClassName[], most: number, refuse: Refuse): void {
  if (!Array.isArray(classNames)) refuse('classNames', `a value of type ${kindOf(classNames)}`, 'a list of names, by label, is');
  if (most >= classNames.length) refuse('classNames', `${classNames.length} names`, `${most + 1}, one for each label from 0 to ${most}, are`);
  const twice = new Set(classNames).size < classNames.length ? classNames.find((one, label) => classNames.indexOf(one) !== label) : undefined;
  if (twice !== undefined) refuse('classNames', `${JSON.stringify(twice)} for two labels`, 'a name of its own for each is');
}

/** Codes of names, held against the names; those of stored rows are met where they are read. */
function checkCategories(x: Dataset['x'], refuse: Refuse): void {
  const categories = categoriesOf(x);
  if (categories === undefined) return;
  if (categories.length !== x.cols) refuse('x.categories', `${categories.length} lists`, `${x.cols}, one for each column or null, are`);
  const odd = 'data' in x && codeWithoutName(x);
  if (odd) refuse('x', `a code without a name in row ${odd.row}`, `in column ${odd.column}, whole numbers below its number of names are`);
}

/** Names that a model can know the columns by. */
function checkNames(columns: readonly string[], cols: number, refuse: Refuse): void {
  const each = 'one for each column of x,';
  if (!Array.isArray(columns)) refuse('columns', `a value of type ${kindOf(columns)}`, `a list of texts, ${each} is`);
  if (columns.length !== cols) refuse('columns', `${columns.length} names`, `${cols}, ${each} are`);
  const odd = columns.findIndex((one) => typeof one !== 'string' || one.trim() === '');
  if (odd >= 0) refuse('columns', `${JSON.stringify(columns[odd]) ?? 'nothing'} for column ${odd}`, 'a name is', 'name every column, or leave columns out');
  const first = new Map<string, number>();
  columns.forEach((one, column) => {
    if (first.has(one)) refuse('columns', `'${one}' for columns ${first.get(one)} and ${column}`, 'a name of its own for each is');
    first.set(one, column);
  });
}

/** Of the rows that count; others may have been left out because of what they hold. */
function checkWeights(rows: Uint32Array, weights: Float32Array, refuse: Refuse): void {
  const wrong = rows.find((row) => !(weights[row]! >= 0 && weights[row]! < Infinity));
  const needed = 'finite numbers of 0 or more are';
  if (wrong !== undefined) refuse('weights', `${weights[wrong]} of row ${wrong}`, needed, 'give the row a weight of 0 or more, or leave it out of rows');
  if (rows.every((row) => weights[row] === 0)) refuse('weights', '0 of every row', 'one above 0 is', 'give at least one row a weight above 0');
}

/** Labels of another type: the conversion that loses nothing, or what would be lost. */
function labelCure(labels: unknown): string {
  const values: readonly unknown[] | undefined = Array.isArray(labels) ? labels : ArrayBuffer.isView(labels) ? [...(labels as Int32Array)] : undefined;
  if (!values) return 'one label for each row of x, such as Uint8Array.of(0, 1, 1)';
  const row = values.findIndex((value) => !(Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_LABEL));
  if (row < 0) return 'Uint32Array.from(labels)';
  const names = 'number the classes, Uint32Array.from(labels, (label) => names.indexOf(label)), and give classNames: names';
  return `row ${row} has label ${JSON.stringify(values[row])}, and labels are whole numbers from 0 to ${MOST_LABEL}; ${names}`;
}

/** Groups of another type: numbers stay, names are numbered. */
function groupCure(groups: unknown): string {
  const names = Array.isArray(groups) && groups.some((one) => typeof one !== 'number');
  return names ? 'number them, Uint32Array.from(groups, (one) => names.indexOf(one)), and give groupNames: names' : cureOf(groups, 'Uint32Array', 'groups');
}

function cureOf(values: unknown, type: string, what: string): string {
  const many = Array.isArray(values) || ArrayBuffer.isView(values);
  return many ? `${type}.from(${what})` : `a ${type} of numbers`;
}

function kindOf(value: unknown): string {
  return value === undefined ? 'nothing' : ((value as object | null)?.constructor.name ?? 'null');
}
