// What comes with the package is an arithmetic code, a quarter smaller than what gzip makes of numbers. Only such operations on floats are
// done as IEEE 754 rounds in one way, so that any engine reads what test/fixtures/make_carried.py wrote.
import { fromBase64 } from '../../core/encoding/base64.ts';

/**
 * Reads symbols of `bits` bits, one a call. What comes is guessed by how often it came where each of two keys was the same: the odds of each
 * bit are the geometric mean of both.
 */
export function reader(packed: string, bits: number): (key: number, other: number) => number {
  const bytes = fromBase64(packed);
  const seen = [new Map<number, Float64Array>(), new Map<number, Float64Array>()] as const;
  const countsOf = (of: Map<number, Float64Array>, key: number): Float64Array => {
    let counts = of.get(key);
    if (!counts) of.set(key, (counts = new Float64Array(2 << bits).fill(0.2)));
    return counts;
  };
  let at = 4;
  let code = new DataView(bytes.buffer).getUint32(0);
  let low = 0;
  let high = 0xffffffff;
  return (key, other) => {
    const ones = countsOf(seen[0], key);
    const others = countsOf(seen[1], other);
    let symbol = 1;
    while (symbol < 1 << bits) {
      symbol *= 2;
      const odds = Math.sqrt((ones[symbol + 1]! / ones[symbol]!) * (others[symbol + 1]! / others[symbol]!));
      const middle = low + Math.floor((high - low) * (odds / (1 + odds)));
      if (code > middle) low = middle + 1;
      else {
        high = middle;
        symbol++;
      }
      ones[symbol]!++;
      others[symbol]!++;
      for (; low >>> 24 === high >>> 24; at++) {
        low = (low << 8) >>> 0;
        high = ((high << 8) | 255) >>> 0;
        code = ((code << 8) | (bytes[at] ?? 0)) >>> 0;
      }
    }
    return symbol - (1 << bits);
  };
}

/** A table, column by column: heads and cells. */
export function columnsOf(packed: string): readonly (readonly string[])[] {
  const next = reader(packed, 7);
  const columns = [['']];
  for (let letter = 0; ;) {
    const cells = columns.at(-1)!;
    const cell = cells.at(-1)!;
    const place = columns.length * 64 + Math.min(cell.length, 63);
    letter = next(place * 2 + (cell.includes('.') ? 1 : 0), place * 128 + (cell.charCodeAt(cell.length - 1) || 0));
    if (letter === 0) return columns.map(measured);
    if (letter === 10) columns.push(['']);
    else if (letter === 44) cells.push('');
    else cells[cells.length - 1] += String.fromCharCode(letter);
  }
}

/** What scikit-learn scales stands there as it was measured, with the mean and the deviation in the head: that takes a third. */
function measured([head, ...cells]: readonly string[]): readonly string[] {
  const [name, mean, deviation] = head!.split(':');
  return deviation === undefined
    ? [head!, ...cells]
    : [name!, ...cells.map((cell) => String((Number(cell) - Number(mean)) / Number(deviation) / Math.sqrt(cells.length)))];
}
