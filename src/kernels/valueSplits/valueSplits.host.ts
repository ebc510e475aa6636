// What value_splits.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { splitsOfValues } from './splits.host.ts';
import { valueSplitReference } from './valueSplits.reference.ts';

type ValueSplits = HostLaunch<
  'nodes' | 'slots' | 'words' | 'drawn' | 'least',
  'x' | 'members' | 'targets' | 'nodes' | 'features' | 'counts' | 'splits',
  'OUTPUTS' | 'WORKGROUP'
>;

export function valueSplitsOnHost(launch: ValueSplits): void {
  const features = new Uint32Array(launch.buffers.features);
  splitsOfValues(launch, (at, slot) => (launch.params.drawn === 1 ? features[at]! : slot), valueSplitReference);
}
