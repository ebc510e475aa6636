// What patches.wgsl does to its buffers, on the host.
import type { HostLaunch } from '../../core/compute.ts';

type Shape = 'rowFloats' | 'lineFloats' | 'channels' | 'kernelHeight' | 'kernelWidth' | 'placesHigh' | 'placesWide' | 'patchFloats';
type Patches = HostLaunch<'rows' | 'firstRow' | Shape, 'pictures' | 'seen', 'WORKGROUP'>;

export function patchesOnHost({ params, buffers, sizes, grid }: Patches): void {
  const { rows, firstRow, rowFloats, lineFloats, channels, kernelHeight, kernelWidth, placesHigh, placesWide, patchFloats } = params;
  const [pictures, seen] = [new Float32Array(buffers.pictures), new Float32Array(buffers.seen)];
  const places = placesHigh * placesWide;
  for (let at = 0; at < Math.min(rows * places, grid[0] * sizes.WORKGROUP); at++) {
    const [row, place] = [Math.floor(at / places), at % places];
    const [top, left] = [Math.floor(place / placesWide), place % placesWide];
    for (let y = 0; y < kernelHeight; y++) {
      for (let x = 0; x < kernelWidth; x++) {
        for (let channel = 0; channel < channels; channel++) {
          const pixel = (firstRow + row) * rowFloats + (top + y) * lineFloats + (left + x) * channels + channel;
          seen[at * patchFloats + (y * kernelWidth + x) * channels + channel] = pictures[pixel]!;
        }
      }
    }
  }
}
