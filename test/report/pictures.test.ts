import { expect, test } from 'vitest';
import stringWidth from 'string-width';
import { decode } from 'fast-png';
import type { Picture } from '../../src/core/events.ts';
import { confusionPicture, gridPicture, lossPicture } from '../../src/report/pictures.ts';
import { png } from '../../src/report/png.ts';
import { confusionLines, sparkline } from '../../src/report/terminal/charts.ts';
import { fitted, gridLines, pictureLines } from '../../src/report/terminal/picture.ts';
import { terminalStyle } from '../../src/report/terminal/style.ts';

const ink: Picture = { kind: 'ink', width: 2, height: 3, pixels: Uint8Array.of(0, 255, 128, 255, 0, 0), caption: 'row 1' };
const signed: Picture = { kind: 'signed', width: 3, height: 2, pixels: Uint8Array.of(1, 128, 255, 1, 128, 255), caption: 'weights' };

test('ink is black on white: half blocks in 24 bits, in 256 colours, and a ramp without colour', () => {
  expect(pictureLines(ink, 'true')).toEqual([
    '\u001b[38;2;255;255;255;48;2;127;127;127m▀\u001b[38;2;0;0;0;48;2;0;0;0m▀\u001b[0m',
    '\u001b[38;2;255;255;255;48;2;255;255;255m▀\u001b[38;2;255;255;255;48;2;255;255;255m▀\u001b[0m',
  ]);
  expect(pictureLines(ink, '256')[0]).toBe('\u001b[38;5;231;48;5;244m▀\u001b[38;5;16;48;5;16m▀\u001b[0m');
  expect(pictureLines(ink, 'none')).toEqual([':@', '  ']);
});

test('signed pictures show their sign, with and without colour', () => {
  expect(pictureLines(signed, 'none')).toEqual(['@ #']);
  expect(pictureLines(signed, 'true')[0]).toContain('38;2;33;102;172');
  expect(pictureLines(signed, 'true')[0]).toContain('38;2;178;24;43');
});

const grey: Picture = { kind: 'grey', width: 2, height: 1, pixels: Uint8Array.of(0, 200), caption: 'row 2' };
const rgb: Picture = { kind: 'rgb', width: 2, height: 1, pixels: Uint8Array.of(255, 0, 0, 1, 2, 3), caption: 'row 3' };

test('light is as it is, grey or in colors', () => {
  expect(pictureLines(grey, 'true')).toEqual(['\u001b[38;2;0;0;0;48;2;0;0;0m▀\u001b[38;2;200;200;200;48;2;0;0;0m▀\u001b[0m']);
  expect(pictureLines(rgb, 'true')).toEqual(['\u001b[38;2;255;0;0;48;2;0;0;0m▀\u001b[38;2;1;2;3;48;2;0;0;0m▀\u001b[0m']);
  expect([pictureLines(grey, 'none'), pictureLines(rgb, 'none')]).toEqual([[' ='], ['. ']]);
  expect([...decode(png(grey)).data]).toEqual([0, 0, 0, 200, 200, 200]);
  expect([...decode(png(rgb)).data]).toEqual([...rgb.pixels]);
  const { width, height, pixels } = gridPicture([rgb, rgb], 'two')!;
  expect([width, height, ...pixels]).toEqual([6, 1, ...rgb.pixels, ...Array.from({ length: 6 }, () => 255), ...rgb.pixels]);
});

test('a picture that is wider than a terminal is shown smaller', () => {
  const wide: Picture = { kind: 'ink', width: 5, height: 3, pixels: Uint8Array.from({ length: 15 }, (_, i) => 10 * i), caption: '' };
  expect(fitted(wide, 5)).toBe(wide);
  expect(fitted(wide, 4)).toEqual({ ...wide, width: 3, height: 2, pixels: Uint8Array.of(30, 50, 65, 105, 125, 140) });
  const colors: Picture = { kind: 'rgb', width: 3, height: 1, pixels: Uint8Array.of(1, 10, 100, 3, 20, 200, 9, 9, 9), caption: '' };
  expect(fitted(colors, 2)).toEqual({ ...colors, width: 2, pixels: Uint8Array.of(2, 15, 150, 9, 9, 9) });
  expect(gridLines([wide], 'none', 3)[0]!.length).toBeLessThanOrEqual(3);
});

test('a grid fills the width and names every picture below', () => {
  expect(gridLines([ink, ink, ink], 'none', 5)).toEqual(['1  2', ':@ :@', '     ', '3', ':@', '  ', '1  row 1', '2  row 1', '3  row 1']);
});

test('PNG holds the colours that the terminal shows', () => {
  const { width, height, data, channels } = decode(png(signed, 2));
  expect({ width, height, channels }).toEqual({ width: 6, height: 4, channels: 3 });
  expect(Array.from(data.subarray(0, 3))).toEqual([33, 102, 172]);
  expect(Array.from(data.subarray(15, 18))).toEqual([178, 24, 43]);
});

test('losses, confusion matrices and grids become pictures', () => {
  const loss = lossPicture({ stage: 'fit', models: [{ model: 'fit', loss: [2, 1, 1] }] });
  // From the upper left corner down to the lower line, which it keeps to the end.
  expect([loss.pixels[0], loss.pixels.at(-1), loss.pixels[loss.width - 1]]).toEqual([255, 255, 0]);
  expect(loss.caption).toBe('loss of fit, 1.00 to 2.00, 2 iterations');
  expect(
    confusionPicture('score', [
      [3, 1],
      [0, 0],
    ]),
  ).toMatchObject({ width: 2, height: 2, pixels: Uint8Array.of(191, 64, 0, 0) });
  const grid = gridPicture([ink, ink], 'two')!;
  expect(grid).toMatchObject({ width: 6, height: 3 });
  expect([...grid.pixels.subarray(0, 6)]).toEqual([0, 255, 0, 0, 0, 255]);
  expect(gridPicture([], 'none')).toBeUndefined();
});

test('a sparkline runs from its highest to its lowest value', () => {
  expect(sparkline([4, 3, 2, 1])).toBe('█▆▃▁');
  expect(sparkline([1, 1])).toBe('▁▁');
  expect(sparkline([Number.NaN])).toBe('');
  expect(sparkline(Array.from({ length: 100 }, (_, i) => i), 5)).toBe('▁▃▅▆█'); // prettier-ignore
});

test('a confusion matrix is a table with the share of each class that was right', () => {
  expect(
    confusionLines(
      [
        [8919, 49],
        [143, 889],
      ],
      ['not 2', '2'],
    ),
  ).toEqual([' true  not 2     2  right', 'not 2  8\u202f919    49  99.5 %', '    2    143   889  86.1 %']);
});

test.each([40, 80, 120])('in %i columns long names of classes are shortened, and many classes say what they were taken for', (columns) => {
  const matrix = (size: number): number[][] =>
    Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? 900 : j === 0 ? 100 : 0)));
  for (const size of [2, 3, 10, 40]) {
    for (const name of ['a very long name of a class, number', '年齢の長い名前の分類']) {
      const names = Array.from({ length: size }, (_, i) => `${name} ${i}`);
      const lines = confusionLines(matrix(size), names, columns);
      for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
      expect(lines).toHaveLength(size + 1);
      expect(lines[2]).toContain('90.0 %');
      if (size <= 3) expect(lines[2]).toMatch(/ 100 +900 +(0 +)?90\.0 %$/);
      if (size === 40) expect(lines[2]).toMatch(/1 +90\.0 % +.*0 100$/);
    }
  }
});

test('the depth of colour comes from NO_COLOR, FORCE_COLOR and COLORTERM', () => {
  const terminal = { isTTY: true };
  expect(terminalStyle(terminal, {}).depth).toBe('256');
  expect(terminalStyle(terminal, { COLORTERM: 'truecolor' }).depth).toBe('true');
  expect(terminalStyle(terminal, { COLORTERM: 'truecolor', NO_COLOR: '1' }).depth).toBe('none');
  expect(terminalStyle({}, { FORCE_COLOR: '3' }).depth).toBe('true');
  expect(terminalStyle({}, {}).depth).toBe('none');
});
