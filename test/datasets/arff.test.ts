// ARFF as OpenML and Weka write it, as people edit it, and as no one should.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPipelineError, type PipelineError } from '../../src/core/errors/errors.ts';
import { readArff, type ArffAttribute } from '../../src/datasets/arff.ts';
import { errorOf } from '../support/files.ts';
import { mnistFile } from '../support/mnistFiles.ts';
import { mnistArffText } from '../support/mnistArff.ts';

/** The bytes in pieces of `size`. */
async function* pieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Parsed {
  readonly attributes: readonly ArffAttribute[];
  readonly rows: readonly (readonly number[])[];
}

async function parse(text: string | Uint8Array, size?: number): Promise<Parsed> {
  const rows: number[][] = [];
  let attributes: readonly ArffAttribute[] = [];
  const count = await readArff('some.arff', pieces(typeof text === 'string' ? Buffer.from(text) : text, size), {
    header: (found) => (attributes = found),
    row: (values, index) => {
      expect(index).toBe(rows.length);
      rows.push([...values]);
    },
  });
  expect(count).toBe(rows.length);
  return { attributes, rows };
}

const failure = (text: string): Promise<PipelineError> => errorOf(parse(text));

const HEADER = '@relation r\n@attribute a numeric\n@attribute b {x,y}\n@attribute c real\n@data\n';

describe('reads', () => {
  test('attributes, dense rows, comments, blank lines', async () => {
    const { attributes, rows } = await parse(`% a comment\n\n${HEADER}1,x,2.5\n\n% another\n-3 , y , +.5e2\n  0,x,1. % at the end\n`);
    expect(attributes).toEqual([
      { name: 'a', values: undefined },
      { name: 'b', values: ['x', 'y'] },
      { name: 'c', values: undefined },
    ]);
    expect(rows).toEqual([
      [1, 0, 2.5],
      [-3, 1, 50],
      [0, 0, 1],
    ]);
  });

  test('sparse rows: what is left out is 0 or the first value', async () => {
    const { rows } = await parse(`${HEADER}{0 5, 2 7}\n{ }\n{1 y}\n{2 1}% end\n1,y,1\n`);
    expect(rows).toEqual([
      [5, 0, 7],
      [0, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 1],
    ]);
  });

  test('quotes, escapes, and separators inside them', async () => {
    const text = "@RELATION 'my data'\n@ATTRIBUTE 'a b' INTEGER\n@Attribute \"it\\\"s\" { 'x, y' , \"p%q\", '?', 'it\\'s', {z\n".replace(', {z', '}');
    const { attributes, rows } = await parse(`${text}@DATA\n1,'x, y'\n2,"p%q"\n3,'?'\n4,"it's"\n'5',"x, y"\n`);
    expect(attributes.map(({ name }) => name)).toEqual(['a b', 'it"s']);
    expect(attributes[1]!.values).toEqual(['x, y', 'p%q', '?', "it's"]);
    expect(rows).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 0],
    ]);
  });

  test('CRLF, a byte order mark, tabs, and no line end at the end', async () => {
    const { rows } = await parse(`\ufeff${HEADER}1,x,2\n\t3\t,y,\t4`.replaceAll('\n', '\r\n'));
    expect(rows).toEqual([
      [1, 0, 2],
      [3, 1, 4],
    ]);
  });

  test('the same in pieces of any size, also through the middle of a character', async () => {
    const text = '@relation é\n@attribute größe numeric\n@attribute b {ä,€,😀}\n@data\n1,ä\n2,€\n3,😀';
    const whole = await parse(text, 1000);
    expect(whole.rows).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    for (let size = 1; size < 12; size++) expect(await parse(text, size)).toEqual(whole);
  });

  test('numbers that no short integer path may spoil', async () => {
    const long = fc.sample(fc.stringMatching(/^[0-9]{16,40}$/), { seed: 1, numRuns: 200 });
    const numbers = [...long, '007', '123456789012345678', '1e3', '255', '0', '-0.0', '1.5', '00000000000000000001', '999999999999999'];
    const { rows } = await parse(`@relation r\n@attribute a numeric\n@data\n${numbers.join('\n')}`);
    expect(rows.map(([value]) => value)).toEqual(numbers.map(Number));
  });

  test('the first rows of the real MNIST, pixel for pixel', async () => {
    const count = 50;
    const { attributes, rows } = await parse(await mnistArffText(count), 64_000);
    expect(attributes).toHaveLength(785);
    const images = mnistFile('train-images-idx3-ubyte').subarray(16, 16 + count * 784);
    const labels = mnistFile('train-labels-idx1-ubyte').subarray(8, 8 + count);
    expect(rows.map((row) => row.slice(0, 784))).toEqual(Array.from({ length: count }, (_, r) => [...images.subarray(r * 784, (r + 1) * 784)]));
    expect(rows.map((row) => row[784])).toEqual([...labels]);
  });
});

describe('refuses, naming row and line:', () => {
  test.each([
    ['a missing value', `${HEADER}1,x,2\n1,x,?\n`, 'row 2 (line 7): a missing value (?) of attribute "c" arrived'],
    ['a missing nominal value', `${HEADER}1,?,2\n`, 'row 1 (line 6): a missing value (?) of attribute "b"'],
    ['a missing sparse value', `${HEADER}{0 ?}\n`, 'row 1 (line 6): a missing value (?) of attribute "a"'],
    ['a short row', `${HEADER}1,x\n`, 'row 1 (line 6): the end of the line after 2 values arrived, a row of 3 values is needed'],
    ['a long row', `${HEADER}1,x,2,3\n`, 'row 1 (line 6): ",3" after 3 values arrived, the end of the row is needed'],
    ['an empty field', `${HEADER}1,x,\n`, 'row 1 (line 6): "" for attribute "c" arrived, a finite number is needed'],
    ['a word for a number', `${HEADER}one,x,2\n`, '"one" for attribute "a" arrived, a finite number'],
    ['hexadecimal', `${HEADER}0x1f,x,2\n`, '"0x1f" for attribute "a" arrived, a finite number'],
    ['400 nines', `${HEADER}${'9'.repeat(400)},x,2\n`, '..." for attribute "a" arrived, a finite number'],
    ['infinity', `${HEADER}1e999,x,2\n`, '"1e999" for attribute "a" arrived, a finite number'],
    ['NaN', `${HEADER}NaN,x,2\n`, '"NaN" for attribute "a" arrived, a finite number'],
    ['an unknown class', `${HEADER}1,z,2\n`, '"z" for attribute "b" arrived, one of its nominal values'],
    ['an open quote', `${HEADER}1,'x,2\n`, 'row 1 (line 6): the end of the line inside quotes arrived'],
    ['a sparse index too high', `${HEADER}{3 1}\n`, 'index "3" arrived, a column from 0 to 2'],
    ['a sparse index twice', `${HEADER}{1 y, 1 y}\n`, 'index "1" arrived, a column from 2 to 2'],
    ['a negative sparse index', `${HEADER}{-1 1}\n`, 'index "-1" arrived'],
    ['an open sparse row', `${HEADER}{0 1\n`, 'row 1 (line 6): the end of the line arrived, "," or "}" is needed'],
    ['text after a sparse row', `${HEADER}{0 1} 2\n`, '"2" after 3 values arrived, the end of the row'],
    ['an instance weight', `${HEADER}1,x,2,{5}\n`, '",{5}" after 3 values'],
    ['a text attribute', '@attribute t string\n@data\n', 'line 1: attribute "t" of type "string" arrived, numeric, real, integer'],
    ['an unknown declaration', 'hello\n', 'line 1: "hello" arrived, @relation, @attribute or @data'],
    ['an open list of values', '@attribute t {a,b\n', 'line 1: the end of the line arrived, "," or "}" after a nominal value'],
    ['data without attributes', '@relation r\n@data\n1\n', 'line 2: @data arrived, an @attribute line before it'],
    ['no data', '@relation r\n@attribute a numeric\n', 'line 2: the end of the file arrived, a line with @data'],
    ['no rows', HEADER, 'row 1 (line 5): the end of the file arrived, at least one row after @data'],
    ['nothing', '', 'line 0: the end of the file arrived'],
    ['a web page', '<html>\n', 'line 1: "<html>" arrived'],
  ])('%s', async (_name, text, why) => {
    const error = await failure(text);
    expect(error.code).toBe('E_DATA');
    expect(error.message).toMatch(/^some\.arff, /);
    expect(error.message).toContain(why);
  });

  test('control characters, without passing them on to a terminal', async () => {
    const { message } = await failure(`${HEADER}"\u001b[2J\u009b31m",x,2\n`);
    expect(message).toContain('\\u001b[2J.31m');
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  test('a line without an end, before it fills the memory', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 65_536;
        yield Buffer.alloc(65_536, '1');
      }
    }
    const error = await errorOf(readArff('some.arff', endless(), { row: () => {} }));
    expect(error.message).toContain('a line without an end arrived, at most 4194304 characters');
    expect(sent).toBeLessThan(5_000_000);
  });

  test('a million attributes', async () => {
    const line = Buffer.from('@attribute a numeric\n'.repeat(1000));
    async function* many(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 1000; i++) yield line;
    }
    const error = await errorOf(readArff('some.arff', many(), { row: () => {} }));
    expect(error.message).toContain('one more attribute arrived, at most 65536');
  });

  test('words made to keep a matcher busy', async () => {
    const before = performance.now();
    expect((await failure(`${HEADER}${'1'.repeat(1_000_000)}e,x,2\n`)).message).toContain('a finite number');
    expect((await failure(`${HEADER}'${'\\'.repeat(1_000_001)}\n`)).message).toContain('inside quotes');
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});

test('what was written in any layout is read back', async () => {
  const blank = fc.constantFrom('', ' ', '\t', '  ');
  const value = fc.oneof(fc.nat(255), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((number) => number + 0); // text has no -0
  const row = fc.record({
    a: value,
    b: fc.nat(1),
    c: value,
    blank,
    sparse: fc.boolean(),
    quote: fc.constantFrom('', "'", '"'),
    end: fc.constantFrom('\n', '\r\n', ' % x\n', '\n\n'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 99 }), async (written, size) => {
      const lines = written.map(({ a, b, c, blank: _, sparse, quote: q, end }) => {
        const name = q + 'xy'[b]! + q;
        return _ + (sparse ? `{0 ${a}${_},${_}1 ${name},2 ${c}${_}}` : `${a}${_},${_}${name}${_},${q}${c}${q}`) + _ + end;
      });
      const { rows } = await parse(HEADER + lines.join(''), size);
      expect(rows).toEqual(written.map(({ a, b, c }) => [a, b, c]));
    }),
    { numRuns: 200 },
  );
});

test('any text ends: rows of the right width and finite numbers, or E_DATA', async () => {
  const words = [
    '@relation',
    '@attribute',
    '@data',
    ' ',
    ' ',
    '\n',
    '\n',
    ',',
    '{',
    '}',
    "'",
    '"',
    '\\',
    '%',
    '?',
    'a',
    'b',
    '0',
    '1',
    '2.5',
    '-',
    'e',
    'numeric',
    'real',
    '\r\n',
    '\t',
    '\ufeff',
    '\0',
  ];
  const soup = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join(''));
  const afterHeader = soup.map((text) => HEADER + text);
  const damaged = fc.tuple(fc.nat(120), fc.constantFrom(...words)).map(([at, word]) => {
    const text = `${HEADER}1,x,2\n{0 1, 2 3}\n5,'y',6\n7,"x",8 % end\n`;
    return text.slice(0, at) + word + text.slice(at + 1);
  });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(soup, afterHeader, damaged, fc.string({ unit: 'binary' })), fc.integer({ min: 1, max: 50 }), async (text, size) => {
      const outcome = await parse(text, size).catch((error: unknown) => error);
      if (isPipelineError(outcome)) {
        expect(outcome.code).toBe('E_DATA');
        return;
      }
      if (outcome instanceof Error) throw outcome;
      read++;
      const { attributes, rows } = outcome as Parsed;
      for (const row of rows) {
        expect(row).toHaveLength(attributes.length);
        expect(row.every(Number.isFinite)).toBe(true);
        attributes.forEach(({ values }, i) => values && expect(values[row[i]!]).toBeDefined());
      }
    }),
    { numRuns: 1000 },
  );
  expect(read, 'some of them are ARFF').toBeGreaterThan(5);
});
