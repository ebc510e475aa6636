import { expect, test } from 'vitest';
import { placesIn } from '../../src/dsl/place.ts';

test.each([
  ['    at made (file:///home/me/p.ts:3:42)', '/home/me/p.ts', 3],
  ['    at file:///home/me/p.ts:3:42', '/home/me/p.ts', 3],
  ['    at async file:///home/me/p.mjs:3:42', '/home/me/p.mjs', 3],
  ['    at async made (file:///home/me/a%20b.ts:12:1)', '/home/me/a b.ts', 12],
  ['    at Object.<anonymous> (/home/me/p.js:7:9)', '/home/me/p.js', 7],
  ['    at Object.<anonymous> (/home/me/what?/p.js:7:9)', '/home/me/what?/p.js', 7],
  ['    at file:///home/me/what%3F/p.js?t=1:7:9', '/home/me/what?/p.js', 7],
  ['    at http://localhost/p.js?t=1:7:9', 'http://localhost/p.js', 7],
  ['    at made (file:///home/me/node_modules%20of%20mine/p.js:7:9)', '/home/me/node_modules of mine/p.js', 7],
  ['    at made (/home/me/node:stages/p.js:7:9)', '/home/me/node:stages/p.js', 7],
])('%s', (frame, file, line) => {
  expect(placesIn(`Error\n${frame}`)).toMatchObject([{ file, line }]);
});

test('frames of packages and of Node are nobody’s place', () => {
  expect(placesIn('Error\n    at x (file:///home/me/node_modules/y/z.js:1:1)\n    at node:internal/process:1:1')).toEqual([]);
});
