// Forms that hand numbers round in subgroups: workgroups are whole subgroups on adapters of any lanes, and reach everything once.
import { expect, test } from 'vitest';
import { denseLayerFor } from '../../src/kernels/denseLayer/denseLayer.ts';
import { layerStepFor } from '../../src/kernels/layerStep/layerStep.ts';

test.each([0, 4, 8, 16, 32, 64, 128])('layers on an adapter of %i lanes', (subgroupLanes) => {
  for (const [quads, outQuads] of [
    [1, 1],
    [15, 4],
    [196, 7],
  ] as const) {
    const forward = denseLayerFor({ subgroupLanes }, quads * 4, outQuads);
    const step = layerStepFor({ subgroupLanes }, quads - 1, outQuads);
    for (const { kernel, sizes, grid } of [forward, step]) {
      expect('enable' in kernel).toBe(subgroupLanes > 0);
      if (subgroupLanes > 0) expect(sizes.WORKGROUP % subgroupLanes).toBe(0);
      expect(grid).toEqual([Math.ceil(outQuads / sizes.ACROSS), Math.ceil(quads / sizes.WORKGROUP)]);
    }
  }
});
