// Launches of every kernel, drawn: the tests' and `pipeline doctor --self-test`'s.
import { columnDraws } from './columns.ts';
import { distanceDraws } from './distances.ts';
import type { Device, Draws } from './draw.ts';
import { layerDraws } from './networks/layers.ts';
import { linearDraws } from './linear.ts';
import { pictureDraws } from './networks/pictures.ts';
import { searchDraws } from './search.ts';
import { classTreeDraws } from './trees/classTrees.ts';
import { valueTreeDraws } from './trees/valueTrees.ts';

/** Of every kernel that the device runs. */
export const drawsFor = (device: Device): Draws => ({
  ...linearDraws(device),
  ...searchDraws,
  ...columnDraws(device),
  ...distanceDraws(device),
  ...layerDraws(device),
  ...pictureDraws,
  ...classTreeDraws,
  ...valueTreeDraws,
});
