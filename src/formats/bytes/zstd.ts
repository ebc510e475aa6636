// The one file that names the package which unpacks Zstandard; it is loaded when such a file is read.
import { Decompress } from 'fzstd';

/** @param take gets the bytes, a piece at a time */
export function unzstdTo(bytes: Uint8Array, take: (piece: Uint8Array) => void): void {
  new Decompress(take).push(bytes, true);
}
