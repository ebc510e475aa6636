// What separates the fields of a file that does not say so.

const CANDIDATES = [',', ';', '\t', '|'] as const;
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Bytes up to the first line end at least, and whether they are all there are. */
export async function untilLineEnd(bytes: AsyncIterator<Uint8Array>): Promise<readonly [Uint8Array, boolean]> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  // A line end between quotes only makes the head shorter than its row.
  for (;;) {
    const { done, value } = await bytes.next();
    if (done) {
      ended = true;
      break;
    }
    pieces.push(value);
    length += value.length;
    if (value.includes(LF) || value.includes(CR)) break;
  }
  const head = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    head.set(piece, at);
    at += piece.length;
  }
  return [head, ended];
}

/** The candidate that is most frequent in the first line that has any character, outside quotes; a comma where there is none. */
export function separatorOf(head: Uint8Array): string {
  const counts = new Map(CANDIDATES.map((one) => [one.charCodeAt(0), 0]));
  let quoted = false;
  let begun = false;
  for (const byte of head) {
    if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && (byte === LF || byte === CR)) {
      if (begun) break;
      continue;
    } else if (!quoted && counts.has(byte)) counts.set(byte, counts.get(byte)! + 1);
    begun = true;
  }
  const best = Math.max(...counts.values());
  return best === 0 ? ',' : CANDIDATES.find((one) => counts.get(one.charCodeAt(0)) === best)!;
}

/** The candidate that would cut a line into so many fields; undefined where none does. */
export function otherSeparator(line: Uint8Array, fields: number): string | undefined {
  return CANDIDATES.find((one) => line.reduce((count, byte) => count + Number(byte === one.charCodeAt(0)), 1) === fields);
}

/** Ends of lines, for an estimate. */
export function linesIn(head: Uint8Array): number {
  let lines = 0;
  for (const byte of head) if (byte === LF) lines++;
  return lines;
}

export function shownSeparator(separator: string): string {
  return separator === '\t' ? 'tabs' : `'${separator}'`;
}
