// The model of a `model.json`, as a model that is asked as others are: the predictor of pages answers, in float64 on the host.
import { categoriesOf } from '../../core/data/categories.ts';
import { checkColumns } from '../../core/data/columns.ts';
import { labelArray, type Labels } from '../../core/data/labels.ts';
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { JsonRecord } from '../../core/events.ts';
import type { RowsOf } from '../../dsl/estimator.ts';
import { classifierOf, clustererOf, multilabelOf, outlierDetectorOf, regressorOf, transformerOf } from '../../estimators/define/models.ts';
import { featureBlocks } from '../../estimators/rows/featureBlocks.ts';
import type { ModelJson } from '../../models/predictor/modelJson.ts';
import { predictor, type Cell, type Predict, type RowPrediction } from '../../models/predictor/predictor.ts';
import { isNumbered } from './rows.ts';

/** Answers that are numbers. */
type Field = 'scores' | 'value' | 'probabilities' | 'features';

/**
 * @param name of the file, for errors
 * @throws E_DATA for a text that is no such model
 */
export function modelOfJson(name: string, text: string): { readonly model: object; readonly about: JsonRecord } {
  const refused = (cause: unknown): PipelineError =>
    new PipelineError('E_DATA', `${name}: ${reasonOf(cause)}`, {
      hint: 'Give it what `pipeline export RUN model.json` wrote, and rows as those of the fit.',
      cause,
    });
  let json: ModelJson;
  let predict: Predict;
  try {
    json = JSON.parse(text) as ModelJson;
    predict = predictor(json);
  } catch (cause) {
    throw refused(cause);
  }
  const { columns } = json;
  const known = new WeakMap<RowsOf, Promise<readonly RowPrediction[]>>();
  /** Asked twice of the same rows, as for labels and probabilities, it answers once. */
  const says = (data: RowsOf): Promise<readonly RowPrediction[]> => {
    const answers =
      known.get(data) ??
      cellsOf(data, columns.length).then((rows) => {
        try {
          return predict(rows);
        } catch (cause) {
          throw refused(cause);
        }
      });
    known.set(data, answers);
    return answers;
  };
  const called = columns.map((column) => column.name);
  const isNamed = columns.some(({ type }) => type === 'string');
  const own = {
    cols: columns.length,
    ...(isNumbered(called) ? {} : { columns: called }),
    ...(isNamed ? { categories: columns.map(({ type, levels = [] }) => (type === 'string' ? levels.map(String) : null)) } : {}),
    takes: columns.some(({ gaps }) => gaps) ? ['gaps'] : [],
  };
  return { model: { ...modelOf(name, json, says), ...own }, about: json.about as JsonRecord };
}

function modelOf(name: string, { kind, graph, classes = [] }: ModelJson, says: (data: RowsOf) => Promise<readonly RowPrediction[]>): object {
  const numbers =
    (field: Field) =>
    async (data: RowsOf): Promise<Float64Array> =>
      Float64Array.from((await says(data)).flatMap((row) => row[field] ?? []));
  // A name that a column has too ends in a `_`.
  const widths = new Map(graph.outputs.map((output) => [output.name.replace(/_+$/, ''), output.dims[1] ?? 1]));
  const widthOf = (output: string): number => widths.get(output)!;
  const summary = { file: name };
  switch (kind) {
    case 'regressor':
      return regressorOf({ summary, outputs: widthOf('variable'), predict: numbers('value') });
    case 'clusterer':
      return clustererOf({ summary, clusters: widthOf('scores'), scaling: undefined, transform: numbers('scores') });
    case 'outlierDetector':
      return outlierDetectorOf({ summary, offset: 0, decisionFunction: numbers('scores') });
    case 'transformer': {
      const outputs = widthOf('transformed');
      const outputColumns = Array.from({ length: outputs }, (_, output) => `output_${output}`);
      return transformerOf({ summary, outputs, outputColumns, transform: numbers('features') });
    }
    case 'multilabel': {
      const labels = widthOf('label');
      const predict = async (data: RowsOf): Promise<Uint8Array> => {
        const bits = new Uint8Array(data.rows.length * labels);
        (await says(data)).forEach(({ label }, row) => (label as readonly number[]).forEach((one) => (bits[row * labels + one] = 1)));
        return bits;
      };
      return multilabelOf({ summary, labels, decisionFunction: numbers('scores'), predict });
    }
    case 'classifier': {
      const codes = new Map(classes.map((one, code) => [String(one), code]));
      const predictions = async (data: RowsOf): Promise<Labels> => {
        const found = labelArray(data.rows.length, classes.length - 1);
        (await says(data)).forEach(({ label }, row) => (found[row] = codes.get(String(label))!));
        return found;
      };
      const probabilities = (_: Float64Array, data: RowsOf): Promise<Float64Array> => numbers('probabilities')(data);
      return classifierOf({
        summary,
        classes: [...classes.keys()],
        classNames: classes,
        decisionFunction: numbers('scores'),
        predictions,
        ...(widths.has('probabilities') ? { probabilities } : {}),
      });
    }
  }
}

/** Rows as the predictor takes them: names as such, null for a gap. */
async function cellsOf(data: RowsOf, cols: number): Promise<readonly (readonly Cell[])[]> {
  const names = categoriesOf(data.x);
  const rows: (readonly Cell[])[] = [];
  checkColumns(data.name, { cols: data.x.cols, columns: data.columns }, { cols });
  for await (const block of featureBlocks(data, { gaps: true })) {
    for (let from = 0; from < block.x.length; from += cols)
      rows.push(Array.from(block.x.subarray(from, from + cols), (value, j) => (Number.isNaN(value) ? null : (names?.[j]?.[value] ?? value))));
  }
  return rows;
}
