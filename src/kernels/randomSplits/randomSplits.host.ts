// What random_splits.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { BINS } from '../classSplits/classSplits.ts';
import { splitsOnHost } from '../classSplits/splits.host.ts';
import { randomSplitReference } from './randomSplits.reference.ts';

type RandomSplits = HostLaunch<
  'nodes' | 'slots' | 'words' | 'least',
  'x' | 'members' | 'nodes' | 'features' | 'positions' | 'terms' | 'counts' | 'splits',
  'CLASSES' | 'ENTROPY' | 'WORKGROUP'
>;

export function randomSplitsOnHost(launch: RandomSplits): void {
  const { least } = launch.params;
  const [features, positions] = [new Uint32Array(launch.buffers.features), new Uint32Array(launch.buffers.positions)];
  splitsOnHost(
    launch,
    (at) => features[at * 2]!,
    (rows, feature, at) =>
      randomSplitReference({ ...rows, least, positions: positions.subarray(feature * BINS, (feature + 1) * BINS), draw: features[at * 2 + 1]! }),
  );
}
