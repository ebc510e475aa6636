// Screenshots as small PNG files.
import { deflateSync } from 'node:zlib';
import { decode } from 'fast-png';

/** A picture of few colors: 256 of them take a byte a pixel, and a page has hardly more. */
export function indexed(shot: Uint8Array): Uint8Array {
  const { width, height, data, channels } = decode(shot);
  const keys = Uint16Array.from({ length: width * height }, (_, i) => {
    const [r, g, b] = [data[i * channels]!, data[i * channels + 1]!, data[i * channels + 2]!].map((value) => Math.round((value / 255) * 31)) as [
      number,
      number,
      number,
    ];
    return (r << 10) | (g << 5) | b;
  });
  const counts = new Uint32Array(1 << 15);
  for (const key of keys) counts[key]!++;
  const palette = [...counts.keys()]
    .filter((key) => counts[key]! > 0)
    .toSorted((a, b) => counts[b]! - counts[a]!)
    .slice(0, 128);
  const channelsOf = (key: number): readonly number[] => [key >> 10, (key >> 5) & 31, key & 31];
  const away = (a: number, b: number): number => channelsOf(a).reduce((sum, value, c) => sum + (value - channelsOf(b)[c]!) ** 2, 0);
  const codes = new Map(palette.map((key, code) => [key, code]));
  const codeOf = (key: number): number => {
    let code = codes.get(key);
    if (code === undefined) codes.set(key, (code = palette.reduce((best, other, i) => (away(key, other) < away(key, palette[best]!) ? i : best), 0)));
    return code;
  };
  const lines = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = codeOf(keys[y * width + x]!);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colors = Uint8Array.from(palette.flatMap((key) => channelsOf(key).map((value) => Math.round((value / 31) * 255))));
  const chunks = [chunk('IHDR', head), chunk('PLTE', colors), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', new Uint8Array())];
  return Buffer.concat([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), ...chunks]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
