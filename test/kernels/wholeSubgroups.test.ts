// Forms that hand numbers round in subgroups: workgroups are whole subgroups on adapters of any lanes, and reach everything once.
import { expect, test } from 'vitest';
import { denseLayerFor } from '../../src/kernels/denseLayer/denseLayer.ts';
import { lastLayerSizes } from '../../src/kernels/lastLayer/lastLayer.ts';
import { layerBackFor } from '../../src/kernels/layerBack/layerBack.ts';
import { layerGradientFor } from '../../src/kernels/layerGradient/layerGradient.ts';

test.each([0, 4, 8, 16, 32, 64, 128])('layers on an adapter of %i lanes', (subgroupLanes) => {
  for (const [quads, outQuads] of [
    [1, 1],
    [15, 4],
    [196, 7],
  ] as const) {
    const forward = denseLayerFor({ subgroupLanes }, quads * 4, outQuads);
    const back = layerBackFor({ subgroupLanes }, quads * 4, outQuads);
    const gradient = layerGradientFor({ subgroupLanes }, { rows: 9, inQuads: quads - 1, outQuads, parts: 3 });
    for (const { kernel, sizes, grid } of [forward, back, gradient]) {
      expect('enable' in kernel).toBe(subgroupLanes > 0);
      if (subgroupLanes > 0) expect(sizes.WORKGROUP % subgroupLanes).toBe(0);
      expect(grid.slice(0, 2)).toEqual([Math.ceil(outQuads / sizes.ACROSS), Math.ceil(quads / sizes.WORKGROUP)]);
    }
  }
});

test('a last layer is done at once by eight lanes, a quad of inputs each and one for constant terms, while it is small', () => {
  expect(lastLayerSizes({ subgroupLanes: 8 }, 25, 10)).toEqual({ VECTORS: 4, UNITS: 10 });
  expect(lastLayerSizes({ subgroupLanes: 8 }, 32, 1)).toEqual({ VECTORS: 5, UNITS: 1 });
  expect(lastLayerSizes({ subgroupLanes: 8 }, 64, 1)).toBeUndefined();
  expect(lastLayerSizes({ subgroupLanes: 8 }, 25, 21)).toBeUndefined();
  for (const subgroupLanes of [0, 4, 32]) expect(lastLayerSizes({ subgroupLanes }, 25, 10)).toBeUndefined();
});
