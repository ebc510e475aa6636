// MurmurHash3 for 32 bits, of public domain by Austin Appleby, as scikit-learn hashes names: signed, with a seed of 0.

const utf8 = new TextEncoder();

export function murmur3(text: string): number {
  const bytes = utf8.encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    hash = turned(hash ^ mixed(view.getUint32(at, true)), 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | bytes[at]!;
  if (whole < bytes.length) hash ^= mixed(rest);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixed(word: number): number {
  return Math.imul(turned(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function turned(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
