// Answers for one picture: by the package's own kernels on the page's WebGPU device, or by plain arithmetic without one.
import { matrix } from '../core/data/matrix.ts';
import { logisticModel } from '../estimators/logisticRegression/model.ts';
import { probabilities } from '../metrics/probability.ts';
import { openBrowserCompute } from '../runtime/browser/compute.ts';
import type { ServedModel } from './draw.ts';

export interface Answer {
  readonly name: string;
  readonly probability: number;
  /** Every class. */
  readonly all: readonly { readonly name: string; readonly probability: number }[];
}

export interface Predictor {
  /** For a sentence: where answers are computed. */
  readonly where: string;
  answer(pixels: Uint8Array): Promise<Answer>;
  close(): void;
}

export async function predictor(model: ServedModel): Promise<Predictor> {
  const { decisions, where, close } = (await onDevice(model)) ?? plainly(model);
  return {
    where,
    close,
    async answer(pixels) {
      const shares = sharesOf(await decisions(pixels), model);
      const all = shares.map((probability, i) => ({ name: model.names[i]!, probability }));
      return { ...all.reduce((best, one) => (one.probability > best.probability ? one : best)), all };
    },
  };
}

interface Decisions {
  readonly where: string;
  decisions(pixels: Uint8Array): Promise<ArrayLike<number>>;
  close(): void;
}

/** Undefined where the browser has no device. */
async function onDevice({ coef, intercept, classes, binarized, scaling }: ServedModel): Promise<Decisions | undefined> {
  if (!('gpu' in navigator)) return undefined;
  const opened = await openBrowserCompute().catch(() => undefined);
  if (!opened) return undefined;
  const model = logisticModel({
    coef: coef.map((row) => Float64Array.from(row)),
    intercept,
    classes,
    binarized,
    nIter: 0,
    scaling: scaling && { shift: Float64Array.from(scaling.shift), factor: Float64Array.from(scaling.factor) },
    summary: {},
  });
  const context = {
    stage: 'draw',
    seed: () => 0,
    signal: new AbortController().signal,
    emit: () => {},
    files: { read: () => Promise.reject(new Error('no files here')) },
    compute: async () => opened.compute,
  };
  return {
    where: `by WebGPU on ${opened.summary.name}`,
    decisions: (pixels) => model.decisionFunction({ x: matrix(1, pixels.length, pixels), rows: Uint32Array.of(0), name: 'The drawing' }, context),
    close: () => opened.compute.destroy(),
  };
}

function plainly({ coef, intercept, scaling }: ServedModel): Decisions {
  return {
    where: 'without WebGPU, which this browser lacks',
    decisions: async (pixels) =>
      coef.map((weights, c) =>
        weights.reduce((sum, weight, j) => sum + weight * (scaling ? (pixels[j]! - scaling.shift[j]!) * scaling.factor[j]! : pixels[j]!), intercept[c]!),
      ),
    close: () => {},
  };
}

function sharesOf(decisions: ArrayLike<number>, { classes, oneVsRest }: ServedModel): readonly number[] {
  if (!oneVsRest) return [...probabilities(decisions, classes.length)];
  const each = Array.from(decisions, (decision) => 1 / (1 + Math.exp(-decision)));
  const sum = each.reduce((a, b) => a + b, 0);
  return each.map((share) => share / sum);
}
