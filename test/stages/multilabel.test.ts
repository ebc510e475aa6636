// Several labels in place of a class: who has which, and what is refused.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import figures from '../fixtures/chapter.json' with { type: 'json' };
import { digits, fetch, fit, kNeighborsMultilabel, multilabel, pipeline, score, split, stage, type Split } from '../../src/api.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { runPipeline } from '../../src/node.ts';
import { runSmall, smallData } from '../support/smallData.ts';

const ranges = { train: [0, 10], test: [10, 20] } as const;
const classNames = [...'abcdefghij'];
const small = (more: object = {}) => ({ name: 'small', load: async () => ({ ...smallData(), ...more }) });
const peek = (seen: Split<'indicators'>[]) =>
  stage({ id: 'peek', needs: ['train', 'test'], provides: [], run: (state: Split<'indicators'>) => (seen.push(state), {}) });

test('a row has each label that names its class', async () => {
  const lists = fc.dictionary(fc.constantFrom('odd', 'large', 'round'), fc.uniqueArray(fc.nat(9), { minLength: 1 }), { minKeys: 1 });
  await fc.assert(
    fc.asyncProperty(lists, fc.boolean(), async (labels, named) => {
      const seen: Split<'indicators'>[] = [];
      const given = named ? Object.fromEntries(Object.entries(labels).map(([name, own]) => [name, own.map((one) => classNames[one]!)])) : labels;
      const source = small(named ? { classNames } : {});
      const { outputs } = await runSmall(pipeline('several', fetch(source), split(ranges), multilabel({ labels: given }), peek(seen)));
      const { train, test } = seen[0]!;
      expect(train.indicators).toBe(test.indicators);
      expect(train.labelNames).toEqual(Object.keys(labels));
      expect(['labels' in train, 'classNames' in train]).toEqual([false, false]);
      const wanted = Array.from({ length: 20 }, (_, row) => Object.values(labels).map((own) => Number(own.includes(row % 10))));
      expect([...test.indicators.data]).toEqual(wanted.flat());
      expect(outputs['multilabel']).toEqual({ trainRows: Object.fromEntries(Object.entries(labels).map(([name, own]) => [name, own.length])) });
    }),
    { numRuns: 20 },
  );
});

test.each<[string, readonly (number | string)[], object, string]>([
  ['a class that no row has', [3, 12], {}, 'multilabel: none of the 10 training rows of small has label 12; there are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.'],
  ['a name that no class has', ['a', 'x'], { classNames }, 'multilabel: no class of small is called "x".'],
  ['a name where there are none', ['a'], {}, 'multilabel: the classes of small have no names; "a" arrived as labels.'],
])('%s is refused, before anything runs where the source tells', async (_, own, more, message) => {
  const several = multilabel({ labels: { some: own } });
  const { error } = await runSmall(pipeline('wrong', fetch(small(more)), split(ranges), several));
  expect(error).toMatchObject({ code: 'E_CLASS', message, at: { file: import.meta.filename } });
  const facts = 'classNames' in more ? { classNames } : { classes: [...classNames.keys()] };
  const { problems } = inferGraph(pipeline('known', fetch({ ...small(more), facts }), split(ranges), several).graph);
  expect(problems).toMatchObject([{ code: 'E_CLASS', message }]);
});

test.each([
  ['no labels', {}, /labels: needs a label/],
  ['a label without classes', { odd: [] }, /labels.odd: needs the classes/],
])('%s', (_, labels, message) => {
  expect(() => multilabel({ labels })).toThrow(expect.objectContaining({ code: 'E_PARAMS', message: expect.stringMatching(message) }));
});

test('what learns several labels takes them', async () => {
  const several = multilabel({ labels: { large: [7, 8, 9], odd: [1, 3, 5, 7, 9] } });
  const made = pipeline('p', fetch(digits()), split({ test: 0.2, seed: 1 }), several, fit(kNeighborsMultilabel()), score({ on: 'test', scoring: 'f1Macro' }));
  const { outputs } = await runPipeline(made);
  expect(outputs['score']!['f1Macro']).toBeCloseTo(figures.digits.f1Macro, 12);
});
