// Pictures of a graph with every shape: names and parameters that are markup must stay text.
import { expect, test } from 'vitest';
import nested from '../fixtures/pipelines/nested.ts';
import type { Facts } from '../../src/dsl/graph/facts.ts';
import { fanOut } from '../../src/dsl/graph/compose.ts';
import { pipelineOf } from '../../src/dsl/graph/pipeline.ts';
import { stage } from '../../src/dsl/stage/ownStage.ts';
import { gridSearch } from '../../src/stages/search/gridSearch.ts';
import { randomSearch } from '../../src/stages/search/randomSearch.ts';
import { logisticRegression } from '../../src/estimators/logisticRegression/logisticRegression.ts';
import { describeGraph, edgeLabel } from '../../src/report/graph/description.ts';
import { htmlText } from '../../src/report/graph/html.ts';
import { mermaidText } from '../../src/report/graph/mermaid.ts';
import { svgText } from '../../src/report/graph/svg.ts';

const description = describeGraph(nested);

/** Names of open elements at the first place where XML is not well formed, or undefined. */
function malformed(xml: string): string | undefined {
  const open: string[] = [];
  const rest = xml.replace(/<(\/?)([a-z]+)((?: [A-Za-z-]+="[^"<]*")*)( ?\/?)>/g, (_, close: string, name: string, __, empty: string) => {
    if (close && open.pop() !== name) open.push(`</${name}>`);
    if (!close && !empty.includes('/')) open.push(name);
    return '';
  });
  if (open.length > 0) return open.join(' ');
  return /[<>]|&(?!(?:#\d+|amp|lt|gt|quot);)/.exec(rest.replace(/\n@media[^]*?\n}/, ''))?.[0];
}

test('of a fan-out of thousands the first rows are drawn and a box for the others, at once', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => i);
  const base = stage({ id: 'base', needs: [], provides: ['base'], run: () => ({ base: 1 }) });
  const many = fanOut('rows', rows, (v) => [
    stage({ id: 'add', needs: ['base'], provides: ['sum'], params: { v }, run: ({ base }: { base: number }) => ({ sum: base + v }) }),
  ]);
  const join = stage({ id: 'join', needs: ['rows'], provides: [], run: (_: { rows: readonly { sum: number }[] }) => ({}) });
  const started = performance.now();
  const large = describeGraph(pipelineOf('large', [base, many, join]));
  const [text, svg] = [mermaidText(large), svgText(large)];
  // Milliseconds where all of it is linear, minutes where it is not.
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(text.match(/add/g)).toHaveLength(4);
  expect(text).toContain('from =4 to =4999');
  expect(svg).toMatch(/4.996 more/);
  expect(malformed(svg)).toBeUndefined();
  expect(text.match(/-->\|"rows"\| n/g)).toHaveLength(5);
});

test('stages, frames, and what travels: a branch travels as one, from where it ends', () => {
  expect(description.frames).toEqual(['one', 'one/strong', 'many', 'many/seeds', 'many/seeds/seed=1', 'many/seeds/seed=2']);
  expect(description.nodes.map(({ path, frame, computes }) => [path, frame, computes])).toContainEqual(['one/strong/fit', 'one/strong', true]);
  expect(description.nodes.find(({ path }) => path === 'split')).toEqual({
    path: 'split',
    name: 'split',
    frame: '',
    params: ['train [0, 30]', 'test [30, 40]'],
    computes: false,
  });
  const edges = description.edges.map(({ from, to, labels }) => `${from} -> ${to}: ${labels.join(' ')}`);
  expect(edges).toContain('one/strong/fit -> one/cross-validate: estimator heldOut');
  expect(edges.filter((edge) => edge.includes('-> join'))).toEqual([
    'one/strong/score -> join: one',
    'one/cross-validate -> join: one',
    'many/seeds/seed=1/score -> join: many',
    'many/seeds/seed=2/score -> join: many',
  ]);
});

test('facts put types and shapes on edges', () => {
  const facts: Facts = {
    train: { type: 'dataset', name: 'mnist', role: 'train', rows: 60_000, cols: 784, dtype: 'u8' },
    some: { type: 'dataset', name: 'mnist', role: 'train', cols: 784 },
    none: { type: 'dataset', name: 'mnist', role: 'train' },
    model: { type: 'model', estimator: 'logisticRegression', classes: [0, 1] },
    score: { type: 'value', name: 'score' },
    ink: { type: 'value', name: 'f32[]' },
    loose: { type: 'group', facts: {} },
  };
  expect(Object.keys(facts).map((key) => edgeLabel(facts, key))).toEqual([
    'train: 60\u202f000 x 784 u8',
    'some: ? x 784',
    'none',
    'model: logisticRegression, 2 classes',
    'score',
    'ink: f32[]',
    'loose',
  ]);
  expect(edgeLabel(undefined, 'train')).toBe('train');
  const withFacts = describeGraph(nested, ({ path }) =>
    path === 'fetch' ? { data: { type: 'dataset', name: 's', role: 'all', rows: 40, cols: 4 } } : undefined,
  );
  expect(withFacts.edges[0]).toEqual({ from: 'fetch', to: 'split', labels: ['data: 40 x 4'] });
});

test('Mermaid: a line each stage and arrow, frames balanced, no raw markup', () => {
  const lines = mermaidText(description).trimEnd().split('\n');
  expect(lines[0]).toBe('flowchart TD');
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  expect(count(/^ +n\d+\["[^"]+"\]$/)).toBe(description.nodes.length);
  expect(count(/^ {2}n\d+ -->\|"[^"]+"\| n\d+$/)).toBe(description.edges.length);
  expect(count(/^ +subgraph f\d+\["[^"]+"\]$/)).toBe(description.frames.length);
  expect(count(/^ +end$/)).toBe(description.frames.length);
  expect(lines).toContainEqual(expect.stringContaining('dataset small #60;#38;#34;#62; set'));
});

test('SVG: well formed, every stage once inside the picture, frames around their stages', () => {
  const svg = svgText(description);
  expect(malformed(svg)).toBeUndefined();
  expect(malformed(svg.replace('</text>', ''))).toBeDefined();
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
  const boxes = new Map(
    [...svg.matchAll(/<title>([^<]*)<\/title><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(([, title, ...numbers]) => {
      const [x, y, w, h] = numbers.map(Number) as [number, number, number, number];
      return [title!.split('\n')[0]!, { left: x, top: y, right: x + w, bottom: y + h }] as const;
    }),
  );
  expect([...boxes.keys()].toSorted()).toEqual([...description.frames, ...description.nodes.map(({ path }) => path)].toSorted());
  const within = (inner: string, outer: { left: number; top: number; right: number; bottom: number }): void => {
    const { left, top, right, bottom } = boxes.get(inner)!;
    expect([left >= outer.left, top >= outer.top, right <= outer.right, bottom <= outer.bottom], inner).toEqual([true, true, true, true]);
  };
  for (const { path, frame } of description.nodes) within(path, frame === '' ? { left: 0, top: 0, right: width!, bottom: height! } : boxes.get(frame)!);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).toContain('note a &quot;quoted&quot; &lt;b&gt;note&lt;/b&gt; &amp; more');
});

test('HTML: the picture, and all parameters as text', () => {
  const html = htmlText(description);
  expect(html).toContain('<title>nested</title>');
  expect(html).toContain('<th scope="row">join</th><td>note a &quot;quoted&quot; &lt;b&gt;note&lt;/b&gt; &amp; more</td>');
  expect(html).not.toMatch(/<script|<b>/);
});

test('one stage, and stages called as an object calls its own', () => {
  const named = (id: string, needs: readonly 'data'[] = []) => stage({ id, needs, provides: [], run: (_: { readonly data: number }) => ({}) });
  const lonely = describeGraph(pipelineOf('lonely', [named('constructor'), named('toString')]));
  expect(svgText(lonely)).toContain('>constructor</tspan>');
  expect(mermaidText(lonely)).toBe('flowchart TD\n  n0["constructor"]\n  n1["toString"]\n');
});

test('a search shows what it tries, and not what its estimator would have had; what is made of others stays out', () => {
  const { nodes } = describeGraph(
    pipelineOf('searches', [
      stage({ id: 'rows', needs: [], provides: ['train'], run: () => ({ train: 1 }) }),
      gridSearch(logisticRegression({ tol: 0.1 }), { C: [0.01, 0.1, 1, 10] }),
      randomSearch(logisticRegression(), { C: { logUniform: [0.1, 10] } }),
      stage({ id: 'own', needs: [], provides: [], params: { depth: 2, inner: { a: { b: 1 } }, all: [{ a: 1 }] }, run: () => ({}) }),
    ]),
  );
  const [, grid, random, own] = nodes.map(({ params }) => params);
  expect(grid).toEqual(expect.arrayContaining(['grid C [0.01, 0.1, 1, 10]', 'tol 0.1', 'estimator logisticRegression']));
  expect(random).toContain('distributions C logUniform [0.1, 10]');
  expect([...grid!, ...random!].filter((text) => /^C |[{}]/.test(text))).toEqual([]);
  expect(own).toEqual(['depth 2']);
});
