// Values that nobody can compute with are found where they are first computed with, by `fit` as a rule. The place to blame is
// where they came in: the source, or the stage of a user's own that made them.
import { called } from '../../core/data/classNames.ts';
import type { Dataset } from '../../core/data/dataset.ts';
import { isPipelineError, PipelineError } from '../../core/errors/errors.ts';
import type { GraphNode } from '../../dsl/graph/graph.ts';

const DATASETS = ['train', 'validation', 'test', 'data'];

/** The error of a stage, placed at what brought in the values that it is about. */
export function blamed(error: unknown, { path, stage, inputs }: GraphNode, state: Readonly<Record<string, unknown>>): unknown {
  const key = DATASETS.find((one) => one in inputs);
  // A stage of a user's own may mean whatever it likes by these codes.
  if (!isPipelineError(error) || key === undefined || stage.spec.code === undefined) return error;
  const hint = hintFor(error, state[key] as Dataset, path);
  const origin = hint === undefined ? undefined : originOf(inputs, key);
  if (!origin) return error;
  const { message, code, cause } = error;
  return new PipelineError(code, `${message} It came in with stage '${origin.path}'.`, { at: origin.stage.at, stage: path, hint, cause });
}

function hintFor({ code, message }: PipelineError, data: Dataset, path: string): string | undefined {
  if (code === 'E_CLASS' && data.labels?.length > 1 && data.labels.every((label) => label === data.labels[0])) {
    const zeros = data.labels[0] === 0 && !data.classNames;
    const cure = zeros ? 'give the classes whole numbers, since text becomes 0 in a Uint8Array' : 'bring in rows of another class';
    return `All ${data.labels.length} rows of ${data.name} have ${called(data.labels[0]!, data.classNames)}: ${cure}.`;
  }
  if (code !== 'E_DATA' || !message.includes('finite numbers are needed')) return undefined;
  const column = emptyColumn(data);
  const gaps = message.includes('NaN') ? 'Fill gaps by impute() in a chain' : 'Correct them where the rows are made';
  if (column === undefined) return `${gaps}, or leave such rows out in a stage before '${path}'.`;
  return `No row has a number in column ${column}: give numbers, since text becomes NaN in a Float32Array, or leave the column out.`;
}

/** The first column that holds no finite number in any row. */
function emptyColumn({ x, rows }: Dataset): number | undefined {
  if (!('data' in x) || x.data instanceof Uint8Array) return undefined;
  const { cols, data } = x;
  for (let column = 0; column < cols; column++) {
    if (rows.every((row) => !Number.isFinite(data[row * cols + column]!))) return column;
  }
  return undefined;
}

/** Upwards past stages of this package, which hand values on as they are. */
function originOf(inputs: GraphNode['inputs'], key: string): GraphNode | undefined {
  const ref = inputs[key]!;
  if (!('node' in ref)) return undefined;
  const { node } = ref;
  const above = [key, ...DATASETS].find((one) => one in node.inputs);
  return node.stage.spec.code === undefined || above === undefined ? node : originOf(node.inputs, above);
}
