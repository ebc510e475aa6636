// A run's model, read from the stage cache: what the page needs to ask about a row, and the answers, computed here.
import '../../standalone.ts'; // what they compute on
import { fromBase64 } from '../../core/encoding/base64.ts';
import { matrix, type Categories } from '../../core/data/matrix.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Json, RunEvent } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import type { Classifier, Predictor } from '../../dsl/estimator.ts';
import type { FittedClassifier } from '../../estimators/define/models.ts';
import { number } from '../../report/terminal/format.ts';
import type { CacheStore } from '../../runtime/keys/cache.ts';
import type { Answer, AskedColumn, AskedRow } from '../../ui/ask.ts';
import { modelsOf } from '../models/runModels.ts';

/** A model that can be asked. */
export interface ServedModel {
  /** What a row is. */
  readonly row: AskedRow;
  /** @param values one for each column, null for none; of a picture its pixels as base64 @throws E_USAGE for what is no row; what the model refuses */
  answer(values: Json): Promise<Answer>;
}

/** Most columns of a form, and most pixels of a drawing: they travel in an address. */
const MOST_COLUMNS = 200;
const MOST_PIXELS = 10_000;

/** @throws E_USAGE when the run left no model in the cache that the page can ask */
export async function servedModel(run: RunRecord, store: CacheStore, events: readonly RunEvent[]): Promise<ServedModel> {
  for (const { path, read } of await modelsOf(run, store)) {
    const { model } = await read();
    const row = typeof model.predictRow === 'function' ? rowOf(model, run, events, path) : undefined;
    if (row) return { row, answer: (values) => answerOf(model, row, values, namesOf(model, run)) };
  }
  throw new PipelineError('E_USAGE', `Run ${run.id} left no model in the cache that can be asked about a row.`, {
    hint: 'Run a pipeline that fits a model, with the cache on.',
  });
}

/** What a row of the model is: a picture, where the run shows one of its rows or weights; columns else. */
function rowOf(model: Predictor, { stages }: RunRecord, events: readonly RunEvent[], stage: string): AskedRow | undefined {
  const names = model.columns ?? (model as { readonly models?: readonly Predictor[] }).models?.[0]?.columns;
  const shape = stages.map(({ output }) => output?.['x']).find((x) => Array.isArray(x) && x.length === 2) as readonly [number, number] | undefined;
  const cols = names?.length ?? model.coef?.[0]?.length ?? shape?.[1];
  if (cols === undefined) return undefined;
  const pictures = events.flatMap((event) => (event.type === 'picture' ? [event] : []));
  const shown = pictures.find((one) => one.of === 'weights' && one.stage === stage) ?? pictures[0];
  if (shown && cols <= MOST_PIXELS && shown.picture.width * shown.picture.height === cols) {
    const { width, height, kind, full = 255 } = shown.picture;
    return { kind: 'picture', width, height, full, light: kind === 'grey' };
  }
  // Colors are not drawn.
  if (shown || cols > MOST_COLUMNS) return undefined;
  const preview = events.find((event) => event.type === 'data')?.data.columns;
  const column = (at: number): AskedColumn => {
    const name = names?.[at] ?? `column ${at}`;
    const own = model.categories?.[at];
    if (own) return { name, names: own };
    const { type, spread } = preview?.find((seen) => seen.name === name) ?? {};
    return { name, ...(type === 'dates' ? { dates: true } : {}), ...(spread ? { range: [spread.min, spread.max] } : {}) };
  };
  return { kind: 'table', columns: Array.from({ length: cols }, (_, at) => column(at)), gaps: model.takes?.includes('gaps') ?? false };
}

async function answerOf(model: Predictor, row: AskedRow, values: Json, names: readonly string[]): Promise<Answer> {
  const { numbers, categories } = row.kind === 'picture' ? pixelsOf(values, row.width * row.height) : codesOf(values, row, model.categories);
  const { prediction, probability } = await model.predictRow(numbers, undefined, categories);
  if (!('classes' in model)) return { said: textOf(prediction), classes: [] };
  const { classes, classNames = classes, predictProba } = model as Classifier & Partial<Pick<FittedClassifier, 'predictProba'>>;
  const code = classNames.findIndex((name) => name === prediction);
  const x = { ...matrix(1, numbers.length, numbers), ...(categories ? { categories } : {}) };
  const shares = probability === undefined ? undefined : await predictProba?.({ name: 'The row', x, rows: Uint32Array.of(0) });
  return {
    // Of "this class or not" it says true or false.
    said: names[code < 0 ? Number(prediction) : code] ?? textOf(prediction),
    classes: shares ? names.map((name, i) => ({ name, probability: shares[i]! })) : [],
  };
}

function pixelsOf(values: Json, size: number): { readonly numbers: Uint8Array; readonly categories?: undefined } {
  const numbers = typeof values === 'string' ? fromBase64(values) : new Uint8Array();
  if (numbers.length !== size) throw new PipelineError('E_USAGE', `The picture has ${numbers.length} pixels; ${size} are needed.`);
  return { numbers };
}

/** Names become the codes that they had in the fit; one that was not there gets a code of its own. */
function codesOf(
  values: Json,
  { columns, gaps }: Extract<AskedRow, { kind: 'table' }>,
  known: Categories | undefined,
): { readonly numbers: Float64Array; readonly categories?: Categories } {
  if (!Array.isArray(values) || values.length !== columns.length) {
    throw new PipelineError('E_USAGE', `The row has ${Array.isArray(values) ? values.length : 'no'} values; ${columns.length} are needed.`);
  }
  const given = values as readonly Json[];
  const categories = known?.map((names) => names && [...names]);
  const numbers = Float64Array.from(columns, ({ name }, at) => {
    const value = given[at]!;
    const names = categories?.[at];
    if (value === null) {
      if (gaps) return NaN;
      throw new PipelineError('E_USAGE', `'${name}' is empty, and the model takes no gaps.`);
    }
    if (!names) {
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      throw new PipelineError('E_USAGE', `'${name}' is ${JSON.stringify(value)}; a number is needed.`);
    }
    const code = names.indexOf(String(value));
    return code >= 0 ? code : names.push(String(value)) - 1;
  });
  return { numbers, ...(categories ? { categories } : {}) };
}

/** What the classes are called, by their codes: of a binarized run `not 2` and `2`. */
function namesOf(model: Predictor, { stages }: RunRecord): readonly string[] {
  const { classes = [], classNames } = model as Partial<Classifier>;
  const positive = stages.findLast(({ params }) => 'positive' in params)?.params['positive'];
  if (!classNames && classes.length === 2 && positive !== undefined && positive !== null) return [`not ${textOf(positive)}`, textOf(positive)];
  return (classNames ?? classes).map(String);
}

function textOf(value: Json): string {
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
