// Launch description of shift_rows.wgsl.
import type { Kernel } from '../../core/compute.ts';
import { TILE_QUADS } from '../lib/tiles.ts';

export const shiftRows = {
  name: 'shift_rows',
  source: new URL('./shift_rows.wgsl', import.meta.url),
  params: { rows: 'u32', words: 'u32', cols: 'u32', pictures: 'u32', first: 'u32', end: 'u32' },
  bindings: { asked: 'read', steps: 'read', masks: 'read', source: 'read', x: 'write' },
  sizes: { WORDS: 16, WORKGROUP: 64, TILE_QUADS },
  reference: async () => (await import('./shiftRows.host.ts')).shiftRowsOnHost,
} as const satisfies Kernel;

/** Which bytes of a moved picture come from it, 255 each, and 0 for what moves in: `[words * 4]`, as `masks` has them. */
export function maskOf(cols: number, lineBytes: number, right: number, down: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: Math.ceil((cols + 1) / 4) * 4 }, (_, at) => {
    const [column, line] = [(at % lineBytes) - right, Math.floor(at / lineBytes) - down];
    return at < cols && column >= 0 && column < lineBytes && line >= 0 && line * lineBytes < cols ? 255 : 0;
  });
}
