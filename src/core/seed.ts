// One root seed a run; every stage that draws gets a seed of its own, from the root and its path. So a new stage shifts
// no other stage's draws, and two stages never share a sequence.

/** A seed for the stage at `path`, 0 to 2^32 - 1: FNV-1a over root and path, finished as MurmurHash3 does. */
export function childSeed(root: number, path: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${root}/${path}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
