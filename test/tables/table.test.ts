// A table as a source: what its type and its facts know, what runs keep of it, and mistakes in it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { inferGraph } from '../../src/dsl/graph/infer.ts';
import { chain } from '../../src/estimators/chain/chain.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { oneVsRest } from '../../src/estimators/oneVsRest/oneVsRest.ts';
import { csv } from '../../src/formats/csv/csv.ts';
import { jsonLines } from '../../src/formats/json/jsonLines.ts';
import { runPipeline } from '../../src/node.ts';
import { binarize } from '../../src/stages/binarize.ts';
import { crossValidate } from '../../src/stages/selection/crossValidate.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { fit } from '../../src/stages/fit.ts';
import { predict } from '../../src/stages/predict.ts';
import { load, save } from '../../src/stages/save.ts';
import { score } from '../../src/stages/score.ts';
import { split } from '../../src/stages/split/split.ts';
import { standardize } from '../../src/stages/scale.ts';
import { category, label, number, value, type Schema } from '../../src/tables/columns.ts';
import { table, type FeaturesOf } from '../../src/tables/table.ts';
import { columns } from '../../src/transforms/columns/columns.ts';
import { impute } from '../../src/transforms/impute/impute.ts';
import { oneHot } from '../../src/transforms/oneHot/oneHot.ts';
import { project } from '../support/project.ts';
import { fixture, penguins, trainOf } from './penguins.ts';

const classes = penguins.target('species');
const ranges = { train: [0, 300], test: [300, 344] } as const;
const prepared = chain(
  columns({
    numbers: [impute({ strategy: 'median' }), standardize()],
    categories: [impute({ strategy: 'mostFrequent' }), oneHot({ handleUnknown: 'ignore' })],
  }),
  logisticRegression(),
);
const problemsOf = (given: { readonly graph: Parameters<typeof inferGraph>[0] }): readonly string[] =>
  inferGraph(given.graph).problems.map(({ code, message, hint }) => `${code} ${message} | ${hint}`);

describe('types', () => {
  test('the target follows from the schema', () => {
    expectTypeOf(classes.load).returns.resolves.toHaveProperty('labels');
    expectTypeOf(penguins.load).returns.resolves.not.toHaveProperty('labels');
    expectTypeOf(penguins.target('body_mass').load).returns.resolves.toHaveProperty('values');
    expectTypeOf<FeaturesOf<typeof classes>>().toEqualTypeOf<'bill_length' | 'bill_depth' | 'flipper_length' | 'body_mass' | 'island' | 'sex'>();
    const two = classes.features('sex', 'island');
    expectTypeOf<FeaturesOf<typeof two>>().toEqualTypeOf<'island' | 'sex'>();
  });

  test('a misspelt column does not compile, and is named', () => {
    // @ts-expect-error no such feature
    expect(() => penguins.features('bil_length')).toThrow(expect.objectContaining({ code: 'E_PARAMS', hint: 'Did you mean bill_length?' }));
    // @ts-expect-error no such feature
    expect(() => penguins.target('specie')).toThrow(
      expect.objectContaining({ message: "target: no feature is called 'specie'.", hint: 'Did you mean species?' }),
    );
    // @ts-expect-error what is to be learned is no feature
    expect(() => classes.features('species')).toThrow("features: column 'species' is what is to be learned already.");
    // @ts-expect-error it is the target
    expect(() => classes.target('species')).toThrow(
      expect.objectContaining({ message: "target: column 'species' is what is to be learned already.", hint: 'Leave target(...) out.' }),
    );
    // @ts-expect-error no such feature
    expect(() => classes.target('toString')).toThrow("no feature is called 'toString'");
    // @ts-expect-error no such column
    columns<FeaturesOf<typeof classes>>({ bill_lenght: standardize() });
    columns<FeaturesOf<typeof classes>>({ bill_length: standardize(), categories: oneHot() });
  });

  test('a regressor does not take classes', () => {
    pipeline('p', fetch(classes), split({ train: [0, 300], test: [300, 344] }), fit(prepared));
    // @ts-expect-error values are no classes
    pipeline('p', fetch(penguins.target('body_mass')), split({ train: [0, 300], test: [300, 344] }), fit(prepared));
  });
});

describe('schemas that cannot be', () => {
  test.each<[unknown, string]>([
    [{ species: label() }, 'the schema has no feature'],
    [{ a: number(), b: label(), c: label() }, 'b and c are both what is to be learned'],
    [{ a: number(), b: label(), c: value() }, 'b and c are both what is to be learned'],
    [{ a: number }, "column 'a' is a function"],
    [{ a: 'number' }, `column 'a' is "number"`],
  ])('%j', (schema, message) => {
    expect(() => table(csv(fixture('penguins.csv')), schema as Schema)).toThrow(
      expect.objectContaining({ code: 'E_PARAMS', message: expect.stringContaining(message) }),
    );
  });

  test('options are checked where they are written', () => {
    expect(() => number({ invalid: 'skip' } as never)).toThrow(/number: invalid: 'skip' is not 'missing'/);
    expect(() => category({ names: [] })).toThrow(/names/);
    expect(() => label({ names: ['a'], above: 1 })).toThrow('the classes are false and true, and names are given too');
  });
});

describe('classes in an order of their own', () => {
  const load = (text: string, names: readonly string[]) =>
    table(csv(new TextEncoder().encode(`a,y\n${text}`)), { a: number(), y: label({ names }) }).load({} as never, {});

  test('have the labels of that order, whichever comes first, and those that no row has are known', async () => {
    expect(await load('1,low\n2,high\n3,low\n', ['low', 'middle', 'high'])).toMatchObject({
      classNames: ['low', 'middle', 'high'],
      labels: Uint8Array.of(0, 2, 0),
    });
    expect(await load('1,2\n2,10\n', ['10', '2'])).toMatchObject({ classNames: [10, 2], labels: Uint8Array.of(1, 0) });
  });

  test('a class that is not listed is refused with its place', async () => {
    await expect(load('1,low\n2,hihg\n', ['low', 'high'])).rejects.toMatchObject({
      message: expect.stringContaining("line 3 (row 1), column 'y': 'hihg' is none of the names of the column"),
      hint: 'Did you mean high?',
    });
  });
});

describe('what is found before anything runs', () => {
  test('columns that are not there, by their nearest name', () => {
    const misspelt = pipeline('p', fetch(classes), split(ranges as never), fit(chain(columns({ bil_length: standardize() }), logisticRegression())));
    expect(problemsOf(misspelt)).toEqual(["E_PARAMS columns: penguins has no column 'bil_length'. | Did you mean bill_length?"]);
  });

  test('names that nothing made numbers of', () => {
    const hint = 'Make numbers of them first: chain(columns({ categories: oneHot() }), ...), or ordinal() in its place.';
    expect(problemsOf(pipeline('p', fetch(classes), split(ranges as never), fit(logisticRegression())))).toEqual([
      `E_DATA logisticRegression takes numbers; column 'island' of penguins holds names. | ${hint}`,
    ]);
    const half = chain(columns({ island: oneHot(), numbers: impute() }), logisticRegression());
    expect(problemsOf(pipeline('p', fetch(classes), split(ranges as never), fit(half)))).toEqual([
      `E_DATA logisticRegression takes numbers; column 'sex' of penguins holds names. | ${hint}`,
    ]);
    expect(problemsOf(pipeline('p', fetch(classes), split(ranges as never), fit(prepared), score({ on: 'test' })))).toEqual([]);
  });
});

describe('runs', () => {
  const run = async (stages: never[], events: RunEvent[] = []): ReturnType<typeof runPipeline> =>
    runPipeline(pipeline('p', ...stages) as never, { onEvent: (event: RunEvent) => void events.push(event) } as never);

  test('twelve lines, from the file to scores and one row with a gap', async () => {
    const events: RunEvent[] = [];
    const stages = [fetch(classes), split(ranges as never), fit(prepared), score({ on: 'test' }), predict({ row: 3 }), crossValidate({ folds: 3 })];
    const { status, outputs, error } = (await run(stages as never, events)) as {
      status: string;
      outputs: Record<string, Record<string, unknown>>;
      error?: unknown;
    };
    expect(error).toBeUndefined();
    expect(status).toBe('ok');
    expect(outputs['score']).toMatchObject({ testAccuracy: expect.any(Number) });
    expect(outputs['predict']).toMatchObject({ row: 3, label: 'Adelie', prediction: 'Adelie' });
    const told = events.filter((event) => event.type === 'coefficients');
    expect(told[0]!.largest.map(({ name }) => name)).toContain('sex_MALE');
  });

  test.each([
    ['logisticRegression', logisticRegression()],
    ['standardize', chain(standardize(), logisticRegression())],
  ])('a gap is refused by %s, with its column and the cure', async (_name, estimator) => {
    const { error } = await run([fetch(classes.features('body_mass')), split(ranges as never), fit(estimator)] as never);
    expect(error).toMatchObject({
      code: 'E_DATA',
      message: expect.stringMatching(/Row 3 .* NaN in column 0 \(body_mass\)/),
      hint: expect.stringContaining('impute()'),
    });
  });

  test.each<[string, unknown, string]>([
    ['logisticRegression', fit(logisticRegression()), 'logisticRegression learns classes; the rows of penguins have values.'],
    ['oneVsRest', fit(oneVsRest(logisticRegression())), 'oneVsRest learns classes; the rows of penguins have values.'],
    ['binarize', binarize({ positive: 1 }), 'binarize: the rows of penguins have no classes.'],
  ])('%s says that values are no classes', async (_name, one, message) => {
    const source = penguins.features('bill_length', 'body_mass').target('body_mass', { missing: 'drop' });
    const { error } = await run([fetch(source), split({ train: [0, 300], test: [300, 342] }), one] as never);
    expect(error).toMatchObject({ code: 'E_DATA', message, hint: expect.stringContaining('label()') });
  });

  test('names that look alike are told of, of labels and of columns', async () => {
    const events: RunEvent[] = [];
    const source = table(csv(new TextEncoder().encode('city,y\nUlm,1\nUlm ,1.0\nBonn,2\n')), { city: category(), y: label() });
    await run([fetch(source)] as never, events);
    expect(events.flatMap((event) => (event.type === 'warning' ? [`${event.code} ${event.message}`] : []))).toEqual([
      expect.stringMatching(/^W_NAMES '1' and '1.0' are two names of the label of .*, though they look alike\.$/),
      expect.stringMatching(/^W_NAMES 'Ulm' and 'Ulm ' are two names of column 0 \(city\) of /),
    ]);
  });

  describe('a model of names meets rows that were read another way', () => {
    const file = csv(new TextEncoder().encode(`city,y\n${'0,u\n1,v\n2,v\n'.repeat(8)}`));
    const asNames = (names: [string, ...string[]]) => table(file, { city: category({ names }), y: label() });
    const halves = split({ train: [0, 12], test: [12, 24] });
    const fitting = (saved: string) => [fetch(asNames(['0', '1', '2'])), halves, fit(chain(oneHot(), logisticRegression())), save(saved), predict({ row: 0 })];

    test('codes of another order are the same names', async () => {
      const saved = join(project().folder, 'names.safetensors');
      const fitted = await run(fitting(saved) as never);
      const { outputs } = await run([fetch(asNames(['2', '0', '1'])), halves, load(saved), score({ on: 'test' }), predict({ row: 0 })] as never);
      expect(outputs['predict']).toEqual(fitted.outputs['predict']);
      expect(outputs['score']).toMatchObject({ testAccuracy: 1 });
    });

    test.each([
      ['score', score({ on: 'test' })],
      ['predict', predict({ row: 0 })],
    ])('numbers in place of names are refused by %s', async (_name, one) => {
      const saved = join(project().folder, 'names.safetensors');
      await run(fitting(saved) as never);
      const { error } = await run([fetch(table(file, { city: number(), y: label() })), halves, load(saved), one] as never);
      expect(error).toMatchObject({ code: 'E_DATA', message: expect.stringMatching(/^column 0 \(city\) of .* holds numbers, and held names in the fit\.$/) });
    });
  });

  test('rows of one class are told to be so', async () => {
    const source = table(jsonLines(new TextEncoder().encode('{"a":1,"y":"u"}\n{"a":2,"y":"u"}\n{"a":3,"y":"u"}\n')), { a: number(), y: label() });
    const { error } = await run([fetch(source), split({ train: [0, 2], test: [2, 3] }), fit(logisticRegression())] as never);
    expect(error).toMatchObject({ code: 'E_CLASS', hint: expect.stringMatching(/^All 3 rows of .* have class u: bring in rows of another class\.$/) });
  });

  test('a file that changes is read again, one that does not is known', async () => {
    const { folder } = project();
    const file = join(folder, 'points.csv');
    const source = table(csv(pathToFileURL(file)), { a: number(), y: label() });
    const text = `a,y\n${Array.from({ length: 20 }, (_, i) => `${i},${i % 2 ? 'odd' : 'even'}`).join('\n')}\n`;
    writeFileSync(file, text);
    expect((await trainOf(source)).rows.length).toBe(20);
    writeFileSync(file, `${text}20,even\n`);
    expect((await trainOf(source)).rows.length).toBe(21);
    expect(source.inputs?.files).toEqual([pathToFileURL(file)]);
    // What a schema says is part of what is known of the rows.
    expect(table(csv(pathToFileURL(file)), { a: number({ invalid: 'missing' }), y: label() }).params).not.toEqual(source.params);
  });
});
