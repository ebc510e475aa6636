import { expect, test } from 'vitest';
import { unroll } from '../../../src/runtime/gpu/unroll.ts';

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

test('a loop over a size becomes its copies, and its array plain variables; line numbers stay', () => {
  const source = `var sums = array<vec4f, MODELS>(); // of one tile
for (var m = 0u; m < MODELS; m++) {
  sums[m] += f(m); // comment
}
last(sums[0u]);`;
  const out = unroll(source, { MODELS: 2 }, ['MODELS']);
  expect(squeeze(out)).toBe('var sums_0 = vec4f(); var sums_1 = vec4f(); { sums_0 += f(0u); } { sums_1 += f(1u); } last(sums_0);');
  expect(out.split('\n').findIndex((line) => line.includes('last'))).toBe(4);
});

test('nested loops and nested arrays', () => {
  const source = `var s = array<array<vec4f, Q>, M>(); for (var m = 0u; m < M; m++) { for (var q = 0u; q < Q; q++) { s[m][q] = g(q, m); } }`;
  expect(squeeze(unroll(source, { M: 2, Q: 1 }, ['M', 'Q']))).toBe(
    'var s_0_0 = vec4f(); var s_1_0 = vec4f(); {{ s_0_0 = g(0u, 0u); } } {{ s_1_0 = g(0u, 1u); } }'.replaceAll('{{ s', '{ { s'),
  );
});

test('other loops, and arrays that something else indexes, stay as they are', () => {
  const source = `var s = array<f32, M>(); for (var i = 0u; i < N; i++) { s[i] = 0.0; } for (var m = 0u; m < M; m++) { s[m] += 1.0; }`;
  expect(squeeze(unroll(source, { M: 1, N: 9 }, ['M']))).toBe('var s = array<f32, M>(); for (var i = 0u; i < N; i++) { s[i] = 0.0; } { s[0u] += 1.0; }');
});
