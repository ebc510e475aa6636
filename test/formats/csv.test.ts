import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csv, type CsvOptions } from '../../src/formats/csv/csv.ts';
import { numberIn } from '../../src/formats/csv/numbers.ts';
import { bytesOf, cellsOf, inPieces, type Cell } from './cells.ts';

const read = (text: string | Uint8Array, options: CsvOptions = {}, numeric: readonly string[] = []): Promise<Readonly<Record<string, readonly Cell[]>>> =>
  cellsOf(csv(typeof text === 'string' ? bytesOf(text) : text, options), numeric);

/** What is thrown, as text. */
const failure = async (text: string | Uint8Array, options: CsvOptions = {}): Promise<string> => {
  const error = await read(text, options).then(
    () => undefined,
    (thrown: { readonly code: string; readonly message: string; readonly hint: string }) => thrown,
  );
  return error ? `${error.code} ${error.message} | ${error.hint}` : 'nothing was thrown';
};

describe('fields', () => {
  test('names come from the first line, cells from the others', async () => {
    expect(await read('a,b\n1,x\n2,y\n')).toEqual({ a: ['1', '2'], b: ['x', 'y'] });
    expect(await read('1,x\n2,y', { columns: ['a', 'b'] })).toEqual({ a: ['1', '2'], b: ['x', 'y'] });
  });

  test('quotes hold separators, line ends and, doubled, quotes', async () => {
    const text = 'a,b\r\n"1,5","he said ""no"""\r\n"two\r\nlines",""\r\n"""",x\r\n';
    expect(await read(text)).toEqual({ a: ['1,5', 'two\r\nlines', '"'], b: ['he said "no"', null, 'x'] });
  });

  test('a quote inside a plain field is a character', async () => {
    expect(await read('a,b\n5" pipe,x\n')).toEqual({ a: ['5" pipe'], b: ['x'] });
  });

  test.each(['\n', '\r\n', '\r'])('lines end by %j, the last one or not, and empty lines are none', async (end) => {
    expect(await read(`a,b${end}1,2${end}${end}3,4`)).toEqual({ a: ['1', '3'], b: ['2', '4'] });
    expect(await read(`${end}a,b${end}1,2${end}3,4${end}${end}`)).toEqual({ a: ['1', '3'], b: ['2', '4'] });
  });

  test('of one column an empty line is a row without a value', async () => {
    expect(await read('a\n1\n\n2\n')).toEqual({ a: ['1', null, '2'] });
  });

  test.each([
    ['a;b\n1;2\n', {}],
    ['a\tb\n1\t2\n', {}],
    ['a|b\n1|2\n', {}],
    ['"a,x;";b\n1;2\n', {}],
    ['a~b\n1~2\n', { separator: '~' }],
  ] as const)('the separator of %j', async (text, options) => {
    const cells = await read(text, options);
    expect(Object.values(cells)).toEqual([['1'], ['2']]);
  });

  test('rows are the same however the bytes arrive', async () => {
    const text = 'name,"a ""b"""\r\n"x\r\ny",1\r\n"""",2\r\nü€😀,"3"\r\n';
    const whole = await read(text);
    expect(whole).toEqual({ name: ['x\r\ny', '"', 'ü€😀'], 'a "b"': ['1', '2', '3'] });
    for (let size = 1; size <= 40; size++) expect(await cellsOf(csv(new URL('file:///t.csv')), [], inPieces(bytesOf(text), size)), `${size}`).toEqual(whole);
  });

  test('whatever is written comes back', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', 'é', '😀', '0'), maxLength: 6 }).map((text) => text || 'x');
    const written = (rows: readonly (readonly string[])[]): string =>
      rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join('\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        async (cols, rows, size) => {
          const names = ['p', 'q', 'r', 's'].slice(0, cols);
          const kept = rows.map((row) => row.slice(0, cols));
          const bytes = bytesOf(written([names, ...kept]));
          const cells = await cellsOf(csv(new URL('file:///t.csv')), [], inPieces(bytes, size));
          expect(names.map((name) => cells[name])).toEqual(names.map((_, j) => kept.map((row) => row[j])));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a row as long as a million columns, a piece at a time', async () => {
    const names = Array.from({ length: 1_000_000 }, (_, i) => `c${i}`);
    const text = bytesOf(`${names.join(',')}\n${names.map((_, i) => i % 10).join(',')}\n`);
    let last: number | undefined;
    await csv(new URL('file:///wide.csv')).read(inPieces(text, 65_536), (columns) => {
      expect(columns.length).toBe(1_000_000);
      const sink = { numeric: true, number: (value: number) => void (last = value), text: () => undefined, missing: () => undefined };
      return { cells: columns.map((name) => (name === 'c999999' ? sink : undefined)), endRow: () => {} };
    });
    expect(last).toBe(9);
  });
});

describe('encodings', () => {
  const utf16 = (text: string, big: boolean): Uint8Array => {
    const bytes = Buffer.from(text, 'utf16le');
    return Uint8Array.from(big ? bytes.swap16() : bytes);
  };

  test('byte order marks decide', async () => {
    const expected = { größe: ['1'], b: ['ü😀'] };
    const text = 'größe,b\n1,ü😀\n';
    expect(await read(`\uFEFF${text}`)).toEqual(expected);
    for (const big of [false, true]) expect(await read(utf16(`\uFEFF${text}`, big))).toEqual(expected);
    for (const size of [1, 2, 3, 5]) expect(await cellsOf(csv(new URL('file:///t.csv')), [], inPieces(utf16(`\uFEFF${text}`, false), size))).toEqual(expected);
    expect(await read(utf16(text, false), { encoding: 'utf-16le' })).toEqual(expected);
  });

  test('latin1 where it is asked for, and a cure where it is not', async () => {
    const bytes = Uint8Array.from(Buffer.from('a,b\n1,M\xfcnchen\n', 'latin1'));
    expect(await read(bytes, { encoding: 'latin1' })).toEqual({ a: ['1'], b: ['München'] });
    expect(await failure(bytes)).toMatch(/^E_DATA .* line 2 \(row 0\), column 'b': 'M.nchen' is not written in UTF-8\. \| Say encoding: 'latin1'/);
  });

  test('gzip by its first bytes, whatever the file is called; one that is cut off is refused', async () => {
    const packed = new Uint8Array(gzipSync(`a,b\n${'1,x\n'.repeat(5000)}`));
    expect((await read(packed)).a!.length).toBe(5000);
    expect(await failure(packed.slice(0, packed.length - 20))).toMatch(/^E_DATA .* is a gzip file that is damaged or cut off/);
  });

  test.each([
    ['PK\x03\x04......................', 'a zip file, or a workbook'],
    ['PAR1......................', 'a Parquet file'],
    ['\x89PNG......................', 'a PNG picture'],
    ['<!doctype html><html></html>', 'a web page'],
  ])('%j is told from its first bytes', async (begin, what) => {
    expect(await failure(Uint8Array.from(Buffer.from(begin, 'latin1')))).toContain(what);
  });

  test('zeros are no text', async () => {
    expect(await failure(Uint8Array.from(Buffer.from('a,b\n1,2\n', 'utf16le')))).toMatch(/has a zero in byte 1: .* \| .*'utf-16le'/);
  });
});

describe('numbers', () => {
  const numbers = async (...texts: readonly string[]): Promise<readonly Cell[]> =>
    (await read(`a;b\n${texts.map((text) => `${text};`).join('\n')}\n`, {}, ['a'])).a!;

  test('numbers as they are written', async () => {
    expect(await numbers('1', '-2.5', '+3e2', '.5', '7.', ' 8 ', '1e-7', '-0')).toEqual([1, -2.5, 300, 0.5, 7, 8, 1e-7, -0]);
  });

  test('what is none stays a text', async () => {
    const texts = ['1,5', '0x10', '1_000', 'NaN', 'Infinity', '1e', '1 2', '--1', '1e400', '-1e400', '9007199254740993', '12345678901234567890'];
    expect(await numbers(...texts)).toEqual(texts);
    expect(await numbers('9007199254740992', '1e21', '100000000000000000000')).toEqual([2 ** 53, 1e21, 1e20]);
  });

  test('decimal commas', async () => {
    expect((await read('a;b\n1,5;x\n-2,25e1;y\n', { decimal: ',' }, ['a'])).a).toEqual([1.5, -22.5]);
  });

  test('marks between thousands', async () => {
    const grouped = async (thousands: ',' | '.' | ' ' | "'" | '_', decimal: '.' | ',', ...texts: string[]) =>
      (await read(['a;b', ...texts.map((text) => `${text};x`), ''].join('\n'), { separator: ';', thousands, decimal }, ['a'])).a;
    expect(await grouped(',', '.', '1,234.5', '12', '-1,234,567', ' 1,000 ', '0.25')).toEqual([1234.5, 12, -1234567, 1000, 0.25]);
    expect(await grouped('.', ',', '1.234,5', '12', '1.000')).toEqual([1234.5, 12, 1000]);
    expect(await grouped(' ', '.', '1 234', '1\u00a0234.5', '1\u202f234')).toEqual([1234, 1234.5, 1234]);
    expect(await grouped("'", '.', "1'234")).toEqual([1234]);
    const others = ['1,23', '0,123', '001,234', '1234,567', ',123', '1,,234', '1,2345', '1,234.5.6', '9,007,199,254,740,993'];
    expect(await grouped(',', '.', ...others)).toEqual(others);
    expect(() => csv('a.csv', { decimal: ',', thousands: ',' })).toThrow(/thousands is ',', which is the decimal sign too/);
  });

  test('words for a missing value', async () => {
    expect(await read('a,b\nNA,NA\n,-\n"",NA \n', { missing: ['', 'NA', '-'] }, ['a'])).toEqual({ a: [null, null, null], b: [null, null, 'NA '] });
    expect(await read('a,b\n,NA\n', { missing: [] })).toEqual({ a: [''], b: ['NA'] });
  });

  test('every number is that of JavaScript, to the last bit', () => {
    const one = (text: string): void => {
      const bytes = bytesOf(text);
      expect([text, numberIn(bytes, 0, bytes.length, 0x2e)]).toEqual([text, Number(text)]);
    };
    const digits = fc.stringMatching(/^\d{1,34}$/);
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => one(value.toExponential())));
    fc.assert(fc.property(digits, digits, fc.integer({ min: -45, max: 20 }), (whole, fraction, exponent) => one(`${whole}.${fraction}e${exponent}`)));
    // Halfway between two float64: the digits behind decide.
    fc.assert(
      fc.property(fc.bigInt({ min: 1n << 52n, max: (1n << 53n) - 1n }), fc.constantFrom('.0', '.00000000001', '.5'), (half, tail) =>
        one(`${2n * half + 1n}${tail}`),
      ),
    );
  });
});

describe('what is refused', () => {
  test.each([
    ['a,b\n1,2\n3\n', "line 3 (row 1) has 1 field; 2 columns are named in the first line. | Fields are separated by ','"],
    ['a,b\n1,2,3\n', 'line 2 (row 0) has 3 fields'],
    ['a,b\n1,"2\n3,4\n', 'line 2: the row that begins there has a quote that is never closed'],
    ['a,b\n1,2\n"x"y,2\n', 'line 3: the row that begins there has text behind a closing quote: "x"y'],
    ['', 'is empty'],
    ['\n\n', 'is empty'],
  ])('%j', async (text, message) => {
    expect(await failure(text)).toContain(message);
  });

  test('lines inside quotes are counted', async () => {
    expect(await failure('a,b\n"x\ny\nz",2\n1\n')).toContain('line 5 (row 1)');
  });

  test('options that cannot be', () => {
    expect(() => csv('t.csv', { separator: ',,' })).toThrow(/separator: one character/);
    expect(() => csv('t.csv', { separator: ',', decimal: ',' })).toThrow(/decimal sign/);
    expect(() => csv('t.csv', { seperator: ';' } as never)).toThrow(expect.objectContaining({ hint: 'Did you mean separator?' }));
    expect(() => csv(undefined as never)).toThrow(/csv: nothing arrived; the name of a file is needed/);
  });

  test('a file that is not there', async () => {
    const error = cellsOf(csv(new URL('file:///nowhere.csv')), [], {
      disk: { list: async () => undefined, read: async () => undefined, write: async () => {}, open: async () => undefined, slices: async () => undefined },
    });
    await expect(error).rejects.toMatchObject({ code: 'E_FETCH', message: 'nowhere.csv is not there: no /nowhere.csv.' });
    await expect(cellsOf(csv(new URL('file:///nowhere.csv')))).rejects.toMatchObject({ message: expect.stringContaining('a page has none') });
  });

  test.each([
    ['a later', 'a,b\n1\n'],
    ['the first', 'a,b\n1\n'.repeat(9)],
  ])('a file is closed when its reader gives up at %s piece', async (_which, piece) => {
    let closed = false;
    const bytes = (async function* () {
      try {
        for (;;) yield bytesOf(piece);
      } finally {
        closed = true;
      }
    })();
    const disk = {
      list: async () => undefined,
      read: async () => undefined,
      write: async () => {},
      open: async () => ({ bytes, size: 100 }),
      slices: async () => undefined,
    };
    await expect(cellsOf(csv(new URL('file:///t.csv')), [], { disk })).rejects.toThrow(/has 1 field/);
    expect(closed).toBe(true);
  });
});
