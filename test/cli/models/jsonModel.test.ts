// A model.json is asked as the model is that it was made of: one of every kind.
import { expect, test } from 'vitest';
import type { Matrix } from '../../../src/core/data/matrix.ts';
import { answering, shapeOf, type AskedModel } from '../../../src/cli/models/asked.ts';
import { modelOfJson } from '../../../src/cli/models/jsonModel.ts';
import type { RowsOf } from '../../../src/dsl/estimator.ts';
import { targetByKind } from '../../../src/dsl/kind.ts';
import { modelToJson } from '../../../src/models/export/export.ts';
import { ReferenceCompute } from '../../../src/runtime/host/referenceCompute.ts';
import { computedOn } from '../../../src/runtime/host/computedOn.ts';
import { tablesOf } from '../../../src/testing/tables.ts';
import { exportedEstimators } from '../../support/exportedEstimators.ts';
import { stageContext } from '../../support/smallSets.ts';

const host = new ReferenceCompute({ loops: true });
const context = stageContext(host);
/** One without probabilities among classifiers, and one of all other kinds. */
const ASKED = ['logisticRegression', 'linearSVC', 'ridge', 'kMeans', 'oneClassSVM', 'pca', 'kNeighborsMultilabel'];
const found = exportedEstimators().filter(([name]) => ASKED.includes(name));

test('the list above is whole', () => expect(found.map(([name]) => name).toSorted()).toEqual(ASKED.toSorted()));

test.each(found)('%s', async (name, estimator) => {
  for (const table of tablesOf(targetByKind[estimator.kind ?? 'classifier'])) {
    const data = table as never as RowsOf & { readonly x: Matrix };
    const [{ model: trained }] = (await estimator.train(table as never, [{ name: 'fit' }], {}, context)) as [{ readonly model: AskedModel }];
    const model = computedOn(trained, async () => host);
    const { model: own } = modelOfJson('model.json', JSON.stringify(await modelToJson(model)));
    const json = { name: 'model.json', model: own as AskedModel, about: {} };
    const rows = { name: 'rows', x: data.x, rows: data.rows };
    const hasShares = model.predictProba !== undefined;
    expect((own as AskedModel).predictProba !== undefined).toBe(hasShares);
    expect(shapeOf(json).cols).toBe(data.x.cols);
    const wanted = await answering({ name, model, about: {} }, hasShares)(rows);
    const said = await answering(json, hasShares)(rows);
    expect(said.map(({ type }) => type)).toEqual(wanted.map(({ type }) => type));
    if (model.kind !== 'transformer') expect(said.map((column) => column.name)).toEqual(wanted.map((column) => column.name));
    wanted.forEach(({ type, values }, at) =>
      Array.from(values).forEach((value, row) => {
        const one = said[at]!.values[row];
        if (type === 'number' && !Number.isInteger(value)) expect(one).toBeCloseTo(value as number, 5);
        else expect(one).toBe(value);
      }),
    );
  }
});
