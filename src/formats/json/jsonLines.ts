// A table with one JSON object per line.
import { openBytes, placeOf, type FileLike } from '../bytes/open.ts';
import type { TableFile } from '../format.ts';
import { ObjectRows, textsOf, type ObjectText } from './objects.ts';

const HINTS = {
  empty: 'Name a file that has one JSON object a line.',
  noJson: 'Write one object a line; read a file that is one list of objects with json(file).',
  noObject: 'Write one object a line, { "age": 30, "sex": "male" }; read a file that is one list of objects with json(file).',
};

/**
 * A file with one JSON object per line (JSON Lines, NDJSON), gzipped or not. Its columns are the fields of the first 1000 lines. A
 * field that is missing from a line, or null, has no value; lists and objects do not fit.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @throws when it is read: E_FETCH, or E_DATA naming line, row, column and value
 * @example
 * table(jsonLines('penguins.jsonl'), { bill_length: number(), sex: category(), species: label() });
 */
export function jsonLines(file: FileLike): TableFile {
  const place = placeOf('jsonLines', file, 'jsonl');
  const { name } = place;
  return {
    name,
    params: { format: 'jsonLines' },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options, open) {
      const { bytes } = await openBytes(place, options);
      const objects = new ObjectRows(name, HINTS, (columns) => open(columns, undefined));
      for await (const line of linesOf(textsOf(name, bytes))) {
        options.signal?.throwIfAborted();
        if (line.text.trim() !== '') objects.add(line);
      }
      objects.end();
    },
  };
}

/** Lines without their ends, and their numbers. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<ObjectText, void> {
  let rest: string[] = [];
  let line = 1;
  for await (const piece of texts) {
    const [first, ...more] = piece.split('\n');
    rest.push(first!);
    for (const next of more) {
      yield { text: rest.join(''), line: line++ };
      rest = [next];
    }
  }
  yield { text: rest.join(''), line };
}
