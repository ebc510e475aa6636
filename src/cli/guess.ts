// How long the stages of a pipeline may take on a software adapter, before any of them ever ran: multiply-adds by rows, columns and what
// is usual of a family of estimators, over what such adapters were seen to make. No more than a guess: it says whether to wait or to
// come back, and nothing is measured for it. A family that is not here takes no time.
import type { AdapterSummary } from '../core/events.ts';
import { datasetFact, modelFact, type DatasetFact } from '../dsl/graph/facts.ts';
import type { GraphNode } from '../dsl/graph/graph.ts';
import type { Inferred } from '../dsl/graph/infer.ts';

/** Multiply-adds: on the device, at the pace of distances of bytes, and by one thread of the host. */
interface Work {
  readonly device?: number;
  readonly host?: number;
}

interface Shape {
  readonly rows: number;
  readonly cols: number;
  /** Of a model: 1, or the classes where there are three or more. */
  readonly outputs: number;
  /** Whether features are bytes as they were fetched: pixels are mostly 0. */
  readonly bytes: boolean;
  /** A number of the estimator's own, or what is given. */
  readonly param: (name: string, otherwise: number) => number;
}

interface Family {
  /** To train so many models. */
  readonly train?: (shape: Shape, models: number) => Work;
  /** For each row that a model is asked of. */
  readonly ask?: (shape: Shape) => Work;
}

/** What a core makes in a second, in distances of bytes and in loops of descent and trees: as figures in bench/NOTES.md came to. */
const DEVICE_PACE = { lavapipe: 10e9, swiftshader: 0.7e9 } as const;
const HOST_PACE = 0.25e9;

// Iterations and passes are those until the usual tolerance stops them.
const linear: Family = {
  // Reading the rows takes as long as three columns.
  train: ({ rows, cols, outputs, param }, models) => ({ device: 2 * rows * cols * (models * outputs + 3) * Math.min(param('maxIter', 100), 40) }),
};
const descent: Family = {
  train: ({ rows, cols, outputs, bytes, param }, models) => ({
    host: rows * cols * outputs * models * Math.min(param('maxIter', 1000), 150) * (bytes ? 1 : 3),
  }),
};
const neighbors: Family = { ask: ({ rows, cols }) => ({ device: rows * cols }) };
const vectors: Family = {
  train: ({ rows, cols }, models) => ({ device: models * rows ** 2 * cols }),
  ask: ({ rows, cols }) => ({ device: (rows * cols) / 2 }),
};
const forest: Family = {
  train: ({ rows, cols, param }, models) => ({ host: 3 * models * param('nEstimators', 100) * rows * Math.sqrt(cols) * Math.log2(rows) }),
};
const boosting: Family = {
  train: ({ rows, cols, outputs, param }, models) => ({ host: 2 * models * rows * cols * outputs * param('maxIter', 100) }),
};
const perceptron: Family = {
  // Three products a layer, in small batches, at a fifth of the pace.
  train: ({ rows, cols, param }, models) => ({
    device: 5 * 3 * models * rows * cols * param('hiddenLayerSizes', 100) * Math.min(param('maxIter', 200), 60),
  }),
};

const FAMILIES: Readonly<Record<string, Family>> = {
  logisticRegression: linear,
  linearSVC: linear,
  poissonRegressor: linear,
  sgdClassifier: descent,
  sgdRegressor: descent,
  kNeighborsClassifier: neighbors,
  kNeighborsRegressor: neighbors,
  kNeighborsMultilabel: neighbors,
  svc: vectors,
  svr: vectors,
  oneClassSVM: vectors,
  randomForestClassifier: forest,
  randomForestRegressor: forest,
  extraTreesClassifier: forest,
  extraTreesRegressor: forest,
  histGradientBoostingClassifier: boosting,
  histGradientBoostingRegressor: boosting,
  mlpClassifier: perceptron,
  mlpRegressor: perceptron,
};

/** Milliseconds that stages may take, of those of which something can be told. Models that an earlier stage trains as well come from there. */
export function guessedMs(
  nodes: readonly GraphNode[],
  facts: Inferred['facts'],
  { driver, name }: Pick<AdapterSummary, 'driver' | 'name'>,
  cores: number,
): ReadonlyMap<GraphNode, number> {
  const pace = DEVICE_PACE[/swiftshader/i.test(`${name} ${driver}`) ? 'swiftshader' : 'lavapipe'];
  const guessed = new Map<GraphNode, number>();
  const trained = new Map<string, number>();
  for (const node of nodes) {
    const all = workOf(node, facts).reduce((ms, { device = 0, host = 0 }) => ms + ((device / pace + host / HOST_PACE) / cores) * 1000, 0);
    if (all === 0) continue;
    const { folds: _, scoring: __, ...params } = node.stage.spec.params;
    const shape = shapeOf(node, facts);
    const key = shape ? JSON.stringify([params, shape, factOf(node, 'train', facts)]) : node.path;
    guessed.set(node, Math.max(0, all - (trained.get(key) ?? 0)));
    trained.set(key, Math.max(all, trained.get(key) ?? 0));
  }
  return guessed;
}

function workOf(node: GraphNode, facts: Inferred['facts']): readonly Work[] {
  const { id, params } = node.stage.spec;
  if (params['estimator'] !== undefined) {
    const [shape, family] = [shapeOf(node, facts), familyOf(node)];
    if (!shape || !family) return [];
    const folds = typeof params['folds'] === 'number' ? params['folds'] : id === 'fit' ? 1 : 5;
    const models = modelFact(facts.get(node) ?? {}, 'model')?.models ?? folds;
    // Points of a grid share what is found of the rows of a fold that they hold out.
    return [family.train?.(shape, models) ?? {}, times(family.ask?.(shape), models > 1 ? shape.rows : 0)];
  }
  const model = node.inputs['model'];
  const rows = factOf(node, 'test', facts)?.rows;
  if (id !== 'score' || !model || !('node' in model) || rows === undefined) return [];
  const shape = shapeOf(model.node, facts);
  return shape ? [times(familyOf(model.node)?.ask?.(shape), rows)] : [];
}

/** By the last of the names: `chain(scaler, svc)` trains support vectors. */
function familyOf({ stage }: GraphNode): Family | undefined {
  return FAMILIES[/(\w+)\)*$/.exec(String(stage.spec.params['estimator']))?.[1] ?? ''];
}

function shapeOf(node: GraphNode, facts: Inferred['facts']): Shape | undefined {
  const { rows, cols, classes, dtype } = factOf(node, 'train', facts) ?? {};
  if (rows === undefined || cols === undefined) return undefined;
  const { params } = node.stage.spec;
  const param = (name: string, otherwise: number): number => {
    const [, value] = Object.entries(params).find(([key]) => key === name || key.endsWith(`.${name}`)) ?? [];
    return Number([value].flat()[0] ?? otherwise);
  };
  const from = node.inputs['train'];
  const scaled = from && 'node' in from && ['scale', 'standardize'].includes(from.node.stage.spec.id);
  // The classes of `oneVsRest` are models.
  const outputs = classes && classes.length > 2 && !String(params['estimator']).startsWith('oneVsRest') ? classes.length : 1;
  return { rows, cols, outputs, bytes: dtype === 'u8' && !scaled, param };
}

function factOf({ inputs }: GraphNode, key: string, facts: Inferred['facts']): DatasetFact | undefined {
  const from = inputs[key];
  return from && 'node' in from ? datasetFact(facts.get(from.node) ?? {}, from.key) : undefined;
}

function times({ device = 0, host = 0 }: Work = {}, count: number): Work {
  return { device: device * count, host: host * count };
}
