// Code as esbuild prints it, without types, comments and layout. What it takes from the world around it is found there by
// marks: esbuild, which knows what is a name and what is a text or somebody's own variable, prints each free `process.env`,
// `Date` or `import.meta` as a name of ours. Files that are named as `new URL('./x.csv', import.meta.url)` are known.
import { stat } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { pathToFileURL } from 'node:url';
import { transform, type Loader, type TsconfigRaw } from 'esbuild';
import { asPath } from '../../../dsl/place.ts';
import type { CodeUse } from '../../keys/codeUses.ts';
import { fileUses } from './fileUses.ts';

export interface MarkedCode {
  readonly code: string;
  /** Files that it names by URL. */
  readonly assets: readonly URL[];
  readonly uses: readonly CodeUse[];
  /** Why more code may count than is known. */
  readonly unknown?: string | undefined;
}

/** A use and where in the printed code it is. */
export interface FoundUse extends Omit<CodeUse, 'at'> {
  readonly index: number;
}

const MARK = '__pipeline_';
export const MARKS: Readonly<Record<string, string>> = {
  process: `${MARK}process`,
  'process.env': `${MARK}env`,
  'globalThis.process': `${MARK}process`,
  'globalThis.process.env': `${MARK}env`,
  Deno: `${MARK}Deno`,
  Bun: `${MARK}Bun`,
  fetch: `${MARK}fetch`,
  'globalThis.fetch': `${MARK}fetch`,
  Date: `${MARK}Date`,
  'globalThis.Date': `${MARK}Date`,
  'performance.now': `${MARK}performance_now`,
  'Math.random': `${MARK}Math_random`,
  'crypto.randomUUID': `${MARK}crypto_randomUUID`,
  'crypto.getRandomValues': `${MARK}crypto_getRandomValues`,
  'import.meta': `${MARK}import_meta`,
  __dirname: `${MARK}_dirname`,
  __filename: `${MARK}_filename`,
};
/** A name with an escape in it counts as computed. */
const ASSET = /\bnew URL\((?:"([^"\\]*)"|'([^'\\]*)'|`((?:[^`\\$]|\$(?!\{))*)`),__pipeline_import_meta\.url\)/g;
/** Stands in the place of one; no longer than the shortest. */
const PLACEHOLDER = `${MARK}asset`;
/** Stands, letter by letter, in the place of a name of one that something is called with. */
const HELD = '@';
/** Still the same file. */
const WRAPPED = /\b(?:[\w$]+\.)?fileURLToPath\((__pipeline_asset *)\)|(__pipeline_asset *)\.(?:pathname|href)\b/g;
const HELD_PATH = /\b(?:[\w$]+\.)?fileURLToPath\(@+\)/g;
const NAMED = /[\s,;]([\w$]+)=(?=__pipeline_asset *[,;\n])/g;
const UNKNOWN: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$])(?:import|require)\((?!\s*["'`][^"'`$]*["'`]\s*[,)])/, 'imports a file whose name is computed'],
  [/\bcreateRequire\b/, 'imports files through createRequire'],
];
/** Uses that one look finds, by what is shown of them. */
const PLAIN: readonly (readonly [CodeUse['kind'], RegExp, (found: RegExpMatchArray) => string])[] = [
  [
    'reads',
    /__pipeline_import_meta(?!\.(?:main|env|hot|vitest)\b)(\.\w+)?/g,
    ([, field]) => `import.meta${field ?? ''}, which finds files by the code's own place`,
  ],
  ['reads', /__pipeline__(dirname|filename)\b/g, ([, name]) => `__${name}, which finds files by the code's own place`],
  ['reads', /__pipeline_fetch\b/g, () => 'fetch'],
  ['reads', /__pipeline_(Deno|Bun)\.(\w+)/g, ([, runtime, name]) => `${runtime}.${name}`],
  ['reads', /__pipeline_process\.getBuiltinModule\b/g, () => 'process.getBuiltinModule'],
  ['clock', /__pipeline_Date\.now\b|(?<!new )__pipeline_Date\(/g, ([text]) => (text.endsWith('(') ? 'Date()' : 'Date.now')],
  ['clock', /new __pipeline_Date(?!\(|\w)/g, () => 'new Date()'],
  ['clock', /__pipeline_performance_now\b/g, () => 'performance.now'],
  ['clock', /__pipeline_process\.hrtime\b/g, () => 'process.hrtime'],
  ['chance', /__pipeline_(Math|crypto)_(\w+)/g, ([, of, name]) => `${of}.${name}`],
];
const ENV = /(?:\{([^{}]*)\}=)?__pipeline_env\b(?:\.([A-Za-z_$][\w$]*)|\["([^"\\]*)"\])?/g;

/**
 * @param tsconfigRaw settings by which types are erased, where they are others than esbuild's own
 * @throws when the text does not parse
 */
export async function markedCode(path: string, text: string, loader: Loader, tsconfigRaw: TsconfigRaw = {}): Promise<MarkedCode> {
  const options = { loader, minifyWhitespace: true, legalComments: 'none', charset: 'utf8', define: MARKS, tsconfigRaw } as const;
  const { code } = await transform(text, options);
  const named = Array.from(code.matchAll(ASSET), ({ index, 1: double, 2: single, 3: back }) => ({
    index,
    url: new URL((double ?? single ?? back)!, pathToFileURL(path)),
  }));
  const assets = named.filter(({ url }) => url.protocol === 'file:');
  const folders = await Promise.all(assets.map(async ({ url }) => (await stat(url).catch(() => undefined))?.isDirectory()));
  const rest = withoutAssets(code);
  const unknown = UNKNOWN.find(([pattern]) => pattern.test(rest))?.[1];
  const found = [
    ...plainUses(rest),
    ...envUses(rest),
    ...fileUses(rest, `${PLACEHOLDER} *|${HELD}+`),
    ...assets.filter((_, i) => folders[i]).map(({ index, url }): FoundUse => ({ kind: 'reads', what: `the URL of the folder ${asPath(url.href)}`, index })),
  ].toSorted((a, b) => a.index - b.index);
  const urls = assets.map(({ url }) => url);
  if (found.length === 0) return { code, assets: urls, uses: [], unknown };
  const { map } = await transform(text, { ...options, sourcemap: 'external', sourcefile: path });
  const lines = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  return { code, assets: urls, uses: found.map(({ index, ...use }) => ({ ...use, at: placeOf(path, code, index, lines) })), unknown };
}

/** Each place stays where it is: names of known files, and variables that hold one, become placeholders of the same length. */
function withoutAssets(code: string): string {
  let rest = code.replaceAll(ASSET, (text) => PLACEHOLDER.padEnd(text.length));
  rest = rest.replaceAll(WRAPPED, (text) => PLACEHOLDER.padEnd(text.length));
  for (const [, name] of rest.matchAll(NAMED)) {
    // Only what is read by it matters, and a placeholder may be longer: the name itself is marked.
    if (isOnlyOne(name!, rest)) rest = rest.replaceAll(new RegExp(`\\(${escaped(name!)}(?=[,)])`, 'g'), (text) => `(${HELD.repeat(text.length - 1)}`);
  }
  return rest.replaceAll(HELD_PATH, (text) => HELD.repeat(text.length));
}

/** Whether a name stands for one thing throughout: declared once, and no parameter, loop variable or field anywhere. */
function isOnlyOne(name: string, rest: string): boolean {
  const one = `(?<![.\\w$])${escaped(name)}(?![\\w$])`;
  const set = rest.match(new RegExp(`${one} ?=(?![=>])`, 'g')) ?? [];
  const other = new RegExp(`${one}(?:=>| of | in )|[(,]${one}(?:=[^,)]*)?(?:,[^()]*)?\\)(?:=>|\\{)|[{,:]${one}[,}]`);
  return set.length === 1 && !other.test(rest);
}

function escaped(name: string): string {
  return name.replaceAll('$', '\\$');
}

function plainUses(rest: string): readonly FoundUse[] {
  return PLAIN.flatMap(([kind, pattern, what]) => Array.from(rest.matchAll(pattern), (found) => ({ kind, what: what(found), index: found.index })));
}

function envUses(rest: string): readonly FoundUse[] {
  const named = Array.from(rest.matchAll(ENV)).flatMap(({ index, 1: fields, 2: field, 3: quoted }): readonly FoundUse[] => {
    const one = field ?? quoted;
    if (one !== undefined) return [{ kind: 'env', what: `process.env.${one}`, name: one, index }];
    const names = fields?.split(',').map((text) => /^\s*([\w$]+)/.exec(text)?.[1]);
    if (names?.every((name) => name !== undefined)) return names.map((name) => ({ kind: 'env', what: `process.env.${name}`, name, index }));
    return [{ kind: 'env', what: 'process.env', index }];
  });
  const whole = Array.from(rest.matchAll(/\{[^{}]*\benv\b[^{}]*\}=__pipeline_process\b(?!\.)/g), ({ index }) => ({
    kind: 'env' as const,
    what: 'process.env',
    index,
  }));
  return [...named, ...whole];
}

function placeOf(path: string, code: string, index: number, lines: SourceMap): CodeUse['at'] {
  const before = code.slice(0, index);
  const line = before.split('\n').length - 1;
  const entry = lines.findEntry(line, index - (before.lastIndexOf('\n') + 1));
  return 'originalLine' in entry ? { file: path, line: entry.originalLine + 1, column: entry.originalColumn + 1 } : { file: path, line: 1, column: 1 };
}
