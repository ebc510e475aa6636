// What an editor shows of the public names: each has an example that compiles, and each option says what it is.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/cli.ts';
import { compiled } from './support/compiled.ts';
import { project } from './support/project.ts';

/** What is imported from where, and the file that says it. A name that two of them export comes from the first, or from its own room. */
const ENTRIES = {
  'pipeline-gpu': 'src/api.ts',
  'pipeline-gpu/estimator': 'src/estimator.ts',
  'pipeline-gpu/testing': 'src/testing.ts',
  'pipeline-gpu/node': 'src/node.ts',
  'pipeline-gpu/browser': 'src/browser.ts',
};
const ROOMS: Readonly<Record<string, keyof typeof ENTRIES>> = { 'src/runtime/browser': 'pipeline-gpu/browser', 'src/runtime/node': 'pipeline-gpu/node' };
/** What examples take for granted. */
const GIVEN: Readonly<Record<string, string>> = {
  compute: "declare const compute: import('pipeline-gpu/estimator').Compute;",
  context: "declare const context: import('pipeline-gpu').StageContext;",
  detector: "import detector from './detector.ts';",
  cars: "declare const cars: import('pipeline-gpu').DatasetSource<'values'>;",
  expect: 'declare const expect: (value: unknown) => { toMatchObject(expected: object): void };',
  films: "declare const films: import('pipeline-gpu').DatasetSource<'indicators'>;",
  test: 'declare function test(name: string, run: () => Promise<void>): void;',
  kernel: "declare const kernel: import('pipeline-gpu/estimator').Kernel;",
  map: "import { map } from 'rxjs';",
  train: "declare const train: import('pipeline-gpu').Split['train'];",
  trial: "declare const trial: import('pipeline-gpu/estimator').TuneOptions<import('pipeline-gpu/estimator').Kernel>['trial'];",
  writeFile: 'declare function writeFile(path: string, text: string): Promise<void>;',
};
const DETECTOR = `import { fetch, fit, logisticRegression, mnist784, pipeline, split } from 'pipeline-gpu';
export default pipeline('detector', fetch(mnist784()), split({ train: [0, 60_000], test: [60_000, 70_000] }), fit(logisticRegression()));
`;

interface Exported {
  readonly name: string;
  readonly entry: keyof typeof ENTRIES;
  readonly file: string;
  readonly isType: boolean;
}

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Names that a file exports from others, or from all that another exports. */
function exportedBy(file: string, entry: Exported['entry']): readonly Exported[] {
  const text = textOf(file);
  const fileOf = (from: string): string => join(dirname(file), from);
  const named = [...text.matchAll(/export (type )?\{([^}]*)\} from '([^']+)'/g)].flatMap(([, type, names, from]) =>
    names!
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name): Exported => {
        const isType = type !== undefined || name.startsWith('type ');
        return { name: name.replace(/^type /, ''), entry, file: fileOf(from!), isType };
      }),
  );
  return [...named, ...[...text.matchAll(/export \* from '([^']+)'/g)].flatMap(([, from]) => exportedBy(fileOf(from!), entry))];
}

const EXPORTED: readonly Exported[] = Object.entries(ENTRIES).flatMap(([entry, file]) => exportedBy(file, entry as Exported['entry']));

/** The comment of a declaration, the stars of its lines taken away; undefined where it has none. */
function docOf(file: string, name: string): string | undefined {
  const declared = new RegExp(String.raw`\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:async )?(?:function\*? |const |class |interface |type )${name}\b`);
  return declared.exec(textOf(file))?.[1]!.replaceAll(/^ *\* ?/gm, '');
}

function examplesOf(file: string): readonly string[] {
  return [...textOf(file).matchAll(/^( *)\/\*\*((?:(?!\*\/)[\s\S])*)\*\//gm)].flatMap(([, , comment]) =>
    comment!
      .replaceAll(/^ *\* ?/gm, '')
      .split('@example\n')
      .slice(1)
      .map((text) => text.split(/^@/m)[0]!),
  );
}

/** The example as a module: with imports for what it uses and does not declare. */
function moduleOf(code: string, file: string): string {
  const plain = code.replaceAll(/\/\/.*$/gm, '');
  const used = new Set(plain.match(/(?<![\w']|(?<!\.\.)\.)[A-Za-z]\w*/g));
  const own = new Set(
    [...plain.matchAll(/^(?:export )?(?:const|let|function|class|interface|type) (?:\{ ([^}]*) \}|(\w+))/gm)].flatMap(
      ([, many, one]) => one ?? many!.split(/[,\s:]+/),
    ),
  );
  const room = ROOMS[Object.keys(ROOMS).find((folder) => file.startsWith(folder)) ?? ''];
  const lines = [...used]
    .filter((name) => !own.has(name))
    .flatMap((name) => {
      const found = EXPORTED.filter((one) => one.name === name);
      const best = found.find(({ entry }) => entry === room) ?? found[0];
      if (best) return [`import { ${best.isType ? 'type ' : ''}${name} } from '${best.entry}';`];
      return GIVEN[name] === undefined ? [] : [GIVEN[name]];
    });
  return `${lines.join('\n')}\n${code}export {};\n`;
}

const FILES = (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[]).filter((name) => name.endsWith('.ts')).map((name) => join('src', name));

test('every example in a comment compiles', async () => {
  const made = project();
  made.write('detector.ts', DETECTOR);
  let count = 0;
  for (const file of new Set(EXPORTED.map((one) => one.file))) {
    examplesOf(file).forEach((code, i) => {
      made.write(`${file.slice(4, -3).replaceAll('/', '-')}-${i + 1}.ts`, moduleOf(code, file));
      count++;
    });
  }
  expect(count).toBeGreaterThan(40);
  expect(await compiled(made, ['rxjs'])).toBe('');
});

test('every public function has an example', () => {
  const without = EXPORTED.filter(({ name, file, isType }) => !isType && name !== 'z' && !docOf(file, name)?.includes('@example')).map(({ name }) => name);
  expect(without).toEqual([]);
});

test('every option of a public function says what it is', () => {
  const texts = FILES.map(textOf);
  const bases = [...texts.join('\n').matchAll(/^export interface \w+Options extends ([\w, ]+) \{/gm)].flatMap(([, names]) => names!.split(', '));
  const names = new Set([...EXPORTED.filter(({ isType }) => isType).map(({ name }) => name), ...bases].filter((name) => name.endsWith('Options')));
  const fields = [...names].flatMap((name) => {
    const text = texts.find((one) => new RegExp(String.raw`^export (?:interface|type) ${name}\b`, 'm').test(one))!;
    const body = new RegExp(String.raw`^export interface ${name}\b[^{]*\{\n([\s\S]*?)^\}`, 'm').exec(text)?.[1] ?? '';
    // Declarations lose the comments of a schema.
    if (text.includes(`export type ${name} = z.input<`)) return { name: `${name} is no interface`, told: false };
    return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(({ index, 1: field }) => ({
      name: `${name}.${field}`,
      told: body.slice(0, index).endsWith('*/\n'),
    }));
  });
  expect(fields.length).toBeGreaterThan(30);
  expect(fields.filter(({ told }) => !told).map(({ name }) => name)).toEqual([]);
});
