// A table as a JSON list of objects.
import { PipelineError } from '../../core/errors/errors.ts';
import { openBytes, placeOf, type FileLike } from '../bytes/open.ts';
import type { TableFile } from '../format.ts';
import { ObjectRows, textsOf, type ObjectText } from './objects.ts';

const HINTS = {
  empty: 'Name a file that is a list of objects.',
  noJson: 'Correct it: [{ "age": 30, "sex": "male" }, ...] with a comma between objects, and none behind the last.',
  noObject: 'Write a list of objects, [{ "age": 30, "sex": "male" }, ...].',
};

/**
 * A file that is one JSON list of objects, gzipped or not, read an object at a time. Its columns are the fields of the first 1000
 * objects. A field that is missing from an object, or null, has no value; lists and objects do not fit.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @throws when it is read: E_FETCH, or E_DATA naming line, row, column and value
 * @example
 * table(json('penguins.json'), { bill_length: number(), sex: category(), species: label() });
 */
export function json(file: FileLike): TableFile {
  const place = placeOf('json', file, 'json');
  const { name } = place;
  return {
    name,
    params: { format: 'json' },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options, open) {
      const { bytes } = await openBytes(place, options);
      const objects = new ObjectRows(name, HINTS, (columns) => open(columns, undefined));
      for await (const object of elementsOf(name, textsOf(name, bytes))) {
        options.signal?.throwIfAborted();
        objects.add(object);
      }
      objects.end();
    },
  };
}

/** What a list consists of, as it is written. @throws E_DATA for anything but one list */
async function* elementsOf(name: string, texts: AsyncIterable<string>): AsyncGenerator<ObjectText, void> {
  let [line, begins] = [1, 1];
  let depth = 0; // 1 within the list
  let ended = false;
  let [quoted, escaped] = [false, false];
  let parts: string[] = [];
  let elements = 0;
  for await (const piece of texts) {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const letter = piece[at]!;
      if (letter === '\n') line++;
      if (quoted) {
        if (escaped) escaped = false;
        else if (letter === '\\') escaped = true;
        else if (letter === '"') quoted = false;
        continue;
      }
      if (depth === 0) {
        if (isSpace(letter)) continue;
        if (ended || letter !== '[') throw noList(name, line, ended, letter);
        depth = 1;
        [from, begins] = [at + 1, line];
        continue;
      }
      if (letter === '"') quoted = true;
      else if (letter === '{' || letter === '[') depth++;
      else if ((letter === '}' || letter === ']') && depth > 1) depth--;
      else if ((letter === ',' || letter === ']') && depth === 1) {
        const text = parts.join('') + piece.slice(from, at);
        // An empty list is one; an element that is empty is not.
        if (letter === ',' || elements > 0 || text.trim() !== '') yield { text, line: begins + blankLines(text) };
        elements++;
        [parts, from, begins] = [[], at + 1, line];
        if (letter === ']') [depth, ended] = [0, true];
      }
    }
    if (depth > 0) parts.push(piece.slice(from));
  }
  if (!ended && (depth > 0 || elements > 0))
    throw new PipelineError('E_DATA', `${name} is cut off: its list does not end.`, { hint: 'Copy it again, or write the ] that is missing.' });
}

function isSpace(letter: string): boolean {
  return letter === ' ' || letter === '\n' || letter === '\r' || letter === '\t';
}

/** Line ends before the first letter. */
function blankLines(text: string): number {
  return text.slice(0, text.length - text.trimStart().length).split('\n').length - 1;
}

function noList(name: string, line: number, ended: boolean, letter: string): PipelineError {
  if (ended) return new PipelineError('E_DATA', `${name}, line ${line}, goes on behind its list.`, { hint: 'Let the file hold one list, and nothing else.' });
  const what = letter === '{' ? 'an object' : `'${letter}'`;
  return new PipelineError('E_DATA', `${name}, line ${line}, begins with ${what}; a list of objects is needed.`, {
    hint: letter === '{' ? 'Read one object a line with jsonLines(file); of an object that has a list, write the list to a file of its own.' : HINTS.noObject,
  });
}
