// Labels as sources have them, texts, numbers or booleans, as codes with names beside them.
import { PipelineError } from '../errors/errors.ts';
import { labelsOf, type Classes, type ClassName, type Dataset, type Role, type Rows } from './dataset.ts';
import { isLabels, labelArray, largestOf } from './labels.ts';

/** Most classes whose names are numbers that are not whole: more of them are measured, and no names. */
const MOST_NUMBERS = 256;

type Named = readonly ClassName[] | Int8Array | Int16Array | Int32Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

/** Rows whose labels are names: texts, numbers or booleans, one for each row of `x`. */
export type NamedRows<R extends Role = Role> = Rows<R> & Omit<Classes, 'labels'> & { readonly labels: Named };

/**
 * Names become their position among the names, sorted as numpy's `unique` sorts them, or in the order of `classNames` where that is
 * given. Whole numbers from 0 to 255 stay as they are, and so do codes: whatever labels arrive as a `Uint8Array`, `Uint16Array` or
 * `Uint32Array`.
 *
 * @throws E_DATA for names of several types, gaps, and numbers that are values to predict
 */
export function codedLabels<R extends Role>(data: Rows<R> | NamedRows<R>): Rows<R> | Dataset<R> {
  const given = 'labels' in data ? (data.labels as unknown) : undefined;
  if (!Array.isArray(given) && (!ArrayBuffer.isView(given) || isLabels(given))) return data;
  const names: readonly unknown[] = Array.isArray(given) ? given : [...(given as Int32Array)];
  const { name } = data;
  const refuse = (what: string, hint: string): PipelineError => new PipelineError('E_DATA', `${name}: ${what}.`, { hint });
  const type = typeof names[0];
  const odd = names.findIndex((one) => typeof one !== type || !['string', 'number', 'boolean'].includes(type) || (type === 'number' && !Number.isFinite(one)));
  if (odd >= 0) {
    throw refuse(
      `row ${odd} has ${names[odd] === undefined ? 'no label' : `label ${JSON.stringify(names[odd]) ?? String(names[odd])}`}, row 0 ${JSON.stringify(names[0])}; labels are strings, finite numbers or booleans, all of one type`,
      'Leave rows without a label out of the dataset, and give the others labels of one type.',
    );
  }
  const { classNames: known, ...rest } = data as NamedRows<R>;
  if (!known && names.every((one) => Number.isInteger(one) && (one as number) >= 0 && (one as number) <= 255))
    return { ...rest, labels: Uint8Array.from(names as number[]) };
  const classNames = known ?? sorted([...new Set(names as ClassName[])]);
  if (classNames.length > MOST_NUMBERS && classNames.some((one) => typeof one === 'number' && !Number.isInteger(one))) {
    throw refuse(
      `${classNames.length} different numbers arrived as labels, and not all of them are whole`,
      'Numbers to predict are values: matrix(rows, 1, Float64Array.from(labels)).',
    );
  }
  const codeOf = new Map(classNames.map((one, code) => [one, code]));
  const unknown = names.findIndex((one) => !codeOf.has(one as ClassName));
  if (unknown >= 0)
    throw refuse(
      `row ${unknown} has label ${JSON.stringify(names[unknown])}, which classNames does not list`,
      `Add it to classNames, or leave classNames out.`,
    );
  const labels = labelArray(names.length, classNames.length - 1);
  for (let row = 0; row < labels.length; row++) labels[row] = codeOf.get(names[row] as ClassName)!;
  return { ...rest, classNames, labels };
}

function sorted(names: ClassName[]): ClassName[] {
  return names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Two names that may have been meant as one: they differ in blanks, in capitals, or in how a number is written, as 1 and 1.0. Single
 * letters are as they are.
 *
 * @returns undefined where no two are alike
 */
export function lookAlikes(names: readonly ClassName[]): readonly [string, string] | undefined {
  const known = new Map<string, string>();
  for (const one of names.map(String)) {
    const text = one.normalize('NFKC').trim().replaceAll(/\s+/g, ' ');
    const number = text === '' ? NaN : Number(text);
    const alike = Number.isNaN(number) ? (text.length > 1 ? text.toLowerCase() : text) : String(number);
    const other = known.get(alike);
    if (other !== undefined) return [other, one];
    known.set(alike, one);
  }
  return undefined;
}

/** Labels in a sentence: `class virginica` where they have names, else `label 2`; several as `label 2, 7`. */
export function called(labels: number | readonly number[], classNames: readonly ClassName[] | undefined): string {
  const names = [labels].flat().map((label) => nameOf(label, classNames));
  return `${classNames ? 'class' : 'label'} ${names.join(', ')}`;
}

/** What a model says of classes: the labels, and their names in the same order. */
interface Told {
  readonly classes: readonly number[];
  readonly classNames?: readonly ClassName[] | undefined;
}

/** Whether a model tells these labels apart, by the same names where both have names. @param classNames of the rows, by label */
export function hasSameClasses(model: Told, classes: readonly number[], classNames: readonly ClassName[] | undefined): boolean {
  if (model.classes.join() !== classes.join()) return false;
  return !model.classNames || !classNames || classes.every((label, code) => model.classNames![code] === classNames[label]);
}

/**
 * Labels of rows, in their order, as a model numbers its classes: a class is the one of its name, whatever number these rows have for
 * it. A name may be written as another type; where classes have no names, their numbers are their names. Classes that the model does
 * not know get numbers that it has for none.
 *
 * @throws E_CLASS where the model knows none of the names
 */
export function labelsFor(model: Told, data: Dataset): Pick<Classes, 'labels' | 'classNames'> {
  const labels = labelsOf(data);
  const { classes, classNames: known = classes } = model;
  const { name, classNames: there } = data;
  if (classes.every((label, code) => String(nameOf(label, there)) === String(known[code]))) return { labels, classNames: there };
  const names = there ?? Array.from({ length: largestOf(labels) + 1 }, (_, label) => label);
  const labelOf = new Map(known.map((one, code) => [String(one), classes[code]!]));
  if (!names.some((one) => labelOf.has(String(one)))) {
    throw new PipelineError('E_CLASS', `The model tells apart the classes ${some(known)}; the rows of ${name} have ${some(names)}.`, {
      hint: 'Give the rows the classes that the model was fitted on, under the same names.',
    });
  }
  const free = classes.at(-1)! + 1;
  const as = names.map((one, label) => labelOf.get(String(one)) ?? free + label);
  const classNames: ClassName[] = [];
  known.forEach((one, code) => (classNames[classes[code]!] = one));
  as.forEach((label, own) => (classNames[label] = names[own]!));
  const out = labelArray(labels.length, largestOf(as));
  for (let row = 0; row < out.length; row++) out[row] = as[labels[row]!]!;
  return { labels: out, classNames };
}

/** The first names of a list, for a message. */
function some(names: readonly ClassName[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
}

/**
 * A model of "this class or not" is scored on rows of the same question only: they have the same labels, 0 and 1, for any class.
 *
 * @throws E_CLASS where the rows were binarized for another class, or only the rows or only the model's were
 */
export function checkAsks(model: Told & { readonly binarized: boolean }, { name, classNames, positive }: Dataset): void {
  const [, own] = model.classNames ?? [];
  const there = positive === undefined ? undefined : nameOf(1, classNames);
  const refuse = (what: string, hint: string): PipelineError => new PipelineError('E_CLASS', what, { hint });
  if (model.binarized && own !== undefined && there !== own) {
    const rows = there === undefined ? 'were not binarized' : `say whether a row is ${there}`;
    throw refuse(
      `The model says whether a row is ${own}; the rows of ${name} ${rows}.`,
      `Binarize the rows for ${own}, as those were that the model was fitted on.`,
    );
  }
  if (!model.binarized && positive !== undefined && !(model.classNames && hasSameClasses(model, [0, 1], classNames))) {
    throw refuse(
      `The model tells apart the classes ${some(model.classNames ?? model.classes)}; the rows of ${name} say only whether a row is ${there}.`,
      'Score it on rows that were not binarized.',
    );
  }
}

/** Most classes that a record lists. */
const MOST_LISTED = 1000;

/** Classes of a model for a record: what they are called, or how many there are where no list of them would be read. */
export function listed({ classes, classNames = classes }: Told): readonly ClassName[] | number {
  return classes.length > MOST_LISTED ? classes.length : classNames;
}

/** What a label is called: its name, or the label itself. */
export function nameOf(label: number, classNames: readonly ClassName[] | undefined): ClassName {
  return classNames?.[label] ?? label;
}
