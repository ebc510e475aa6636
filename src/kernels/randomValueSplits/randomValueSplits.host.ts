// What random_value_splits.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { BINS } from '../classSplits/classSplits.ts';
import { splitsOfValues } from '../valueSplits/splits.host.ts';
import { randomValueSplitReference } from './randomValueSplits.reference.ts';

type RandomValueSplits = HostLaunch<
  'nodes' | 'slots' | 'words' | 'least',
  'x' | 'members' | 'targets' | 'nodes' | 'features' | 'positions' | 'splits',
  'OUTPUTS' | 'WORKGROUP'
>;

export function randomValueSplitsOnHost(launch: RandomValueSplits): void {
  const [features, positions] = [new Uint32Array(launch.buffers.features), new Uint32Array(launch.buffers.positions)];
  splitsOfValues(
    launch,
    (at) => features[at * 2]!,
    (members, feature, at) =>
      randomValueSplitReference({ ...members, positions: positions.subarray(feature * BINS, (feature + 1) * BINS), draw: features[at * 2 + 1]! }),
  );
}
