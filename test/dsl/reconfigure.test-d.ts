// Parameters are typed from their schemas, and a pipeline of parameters is checked like any other.
import { expectTypeOf, test } from 'vitest';
import type { DatasetSource } from '../../src/datasets/source.ts';
import { pipeline } from '../../src/dsl/graph/pipeline.ts';
import { z } from '../../src/dsl/zodPublic.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import type { Fetched, Split } from '../../src/dsl/stage/state.ts';
import { fetch } from '../../src/stages/fetch.ts';
import { predict } from '../../src/stages/predict.ts';
import { split } from '../../src/stages/split/split.ts';

declare const source: DatasetSource;

test("a stage's third argument is what its schema parses", () => {
  stage({
    id: 'x',
    needs: ['data'],
    provides: ['x'],
    schema: z.strictObject({ row: z.int().default(0), name: z.string().optional() }),
    params: { row: 1 },
    run: (_: Fetched, _context, params) => {
      expectTypeOf(params).toEqualTypeOf<{ row: number; name?: string | undefined }>();
      return { x: params.row };
    },
  });
  // @ts-expect-error no such parameter
  stage({ id: 'x', needs: [], provides: [], schema: z.strictObject({ row: z.int() }), params: { rows: 1 }, run: (_: object) => ({}) });
});

test('a pipeline of parameters is typed and its order is checked', () => {
  const made = pipeline('p', { params: z.strictObject({ rows: z.int().default(10) }) }, ({ rows }) => {
    expectTypeOf(rows).toEqualTypeOf<number>();
    return [fetch(source), split({ train: [0, rows], test: [rows, 20] })];
  });
  expectTypeOf<NonNullable<typeof made.out>['train']>().toEqualTypeOf<Split['train']>();
  // @ts-expect-error predict stands before fit
  pipeline('p', { params: z.strictObject({ row: z.int().default(1) }) }, ({ row }) => [fetch(source), predict({ row })]);
});
