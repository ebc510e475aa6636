// What class_splits.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';
import { classSplitReference } from './classSplits.reference.ts';
import { splitsOnHost } from './splits.host.ts';

type ClassSplits = HostLaunch<
  'nodes' | 'slots' | 'words' | 'drawn' | 'least',
  'x' | 'members' | 'nodes' | 'features' | 'terms' | 'counts' | 'splits',
  'CLASSES' | 'ENTROPY' | 'ROWS' | 'WORKGROUP'
>;

export function classSplitsOnHost(launch: ClassSplits): void {
  const { params, sizes } = launch;
  const features = new Uint32Array(launch.buffers.features);
  const least = sizes.ROWS === 1 ? params.least : 0;
  splitsOnHost(
    launch,
    (at, slot) => (params.drawn === 1 ? features[at]! : slot),
    (rows) => classSplitReference({ ...rows, least }),
  );
}
