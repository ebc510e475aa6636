// What a stage does that was made in the cell of a notebook. No file tells; so its functions are asked: their text, and the values
// that they hold on to, which V8's inspector knows, functions of cells among them with all that they hold in turn. Whatever cannot
// be told for sure is an error, and the stage runs every time: two stages of equal text that hold other values are not the same.
import { Session } from 'node:inspector';
import { transform } from 'esbuild';
import { sha256 } from '../../../core/encoding/digest.ts';
import { encode } from '../../../core/encoding/encoding.ts';
import type { CodeUse } from '../../keys/codeUses.ts';
import { markedCode } from './markedCode.ts';

export type HeldFunction = (...args: never[]) => unknown;

export interface Held {
  readonly digest: string;
  readonly uses: readonly CodeUse[];
}

/** Stands before a name that a function takes from around it. */
const MARK = '__held_';
const NAME = /[A-Za-z_$][\w$]*/g;
/** By these code reaches what no name tells. */
const REACHING = ['this', 'super', 'eval', 'Function', 'import', 'require', 'globalThis', 'arguments'];
const REACHES = new RegExp(`(?<![\\w$.])(?:${REACHING.join('|')})(?![\\w$])`);
const OWN_WORDS = new Set([...REACHING, 'undefined', 'NaN', 'Infinity']);
/** Objects of the platform that anybody may use, as numbers or calls alone come of them. */
const PLATFORM = new Set([
  'console',
  'performance',
  'crypto',
  'navigator',
  'process',
  'Deno',
  'Bun',
  'Math',
  'JSON',
  'Reflect',
  'Atomics',
  'Intl',
  'WebAssembly',
]);

interface Found {
  readonly objectId?: string;
  readonly unserializableValue?: string;
  readonly value?: unknown;
}
interface Property {
  readonly name: string;
  readonly value?: Found;
}

/** @throws Error with why nobody can know all that these functions do */
export async function heldBy(functions: readonly HeldFunction[]): Promise<Held> {
  const looker = new Looker();
  try {
    await looker.open();
    for (const one of functions) await looker.look(one);
    return { digest: await sha256(looker.told.join('\n')), uses: looker.uses };
  } finally {
    looker.close();
  }
}

class Looker {
  readonly told: string[] = [];
  readonly uses: CodeUse[] = [];
  readonly #session = new Session();
  readonly #scripts = new Map<string, string>();
  readonly #seen = new Map<unknown, number>();
  #api: ReadonlyMap<unknown, string> = new Map();

  async open(): Promise<void> {
    this.#api = new Map(Object.entries(await import('../../../api.ts')).map(([name, value]) => [value, name]));
    this.#session.connect();
    this.#session.on('Debugger.scriptParsed', ({ params }) => this.#scripts.set(params.scriptId, params.url));
    await this.#post('Debugger.enable');
  }

  close(): void {
    this.#session.disconnect();
    Reflect.deleteProperty(globalThis, MARK);
  }

  /** Tells a function, once: where it comes again, its number. */
  async look(one: HeldFunction): Promise<void> {
    const known = this.#seen.get(one);
    if (known !== undefined) return void this.told.push(`function ${known}`);
    this.#seen.set(one, this.#seen.size);
    const { script, scopes: list } = await this.#about(one);
    if (script === undefined || !/^(?:evalmachine\.<anonymous>|<anonymous>)?$/.test(script)) throw new Error(`it uses '${one.name}', which is made elsewhere`);
    const text = Function.prototype.toString.call(one);
    const scopes = await this.#scopesOf(list);
    const { code, names } = await freeIn(text, new Set([...scopes.flatMap(({ values }) => [...values.keys()]), ...Object.getOwnPropertyNames(globalThis)]));
    const reached = REACHES.exec(code);
    if (reached) throw new Error(`'${one.name}' says '${reached[0]}', by which more may count than is known`);
    this.uses.push(...(await inEitherForm(text, (whole) => markedCode('/cell', whole, 'js'))).uses);
    this.told.push(code);
    for (const name of names) await this.#lookAt(name, code, scopes);
  }

  async #lookAt(name: string, code: string, scopes: readonly Scope[]): Promise<void> {
    const scope = scopes.find(({ values }) => values.has(name));
    const value = scope ? await this.#valueIn(scope, name) : (globalThis as Record<string, unknown>)[name];
    if (!scope && (PLATFORM.has(name) || (await this.#isOfPlatform(value)))) return;
    if (this.#api.has(value) || typeof value !== 'object' || value === null || (await isData(value))) return this.#tell(name, value);
    // Of an object that is no data, such as all that a package or a notebook has, what is taken from it.
    const taken = Array.from(
      code.matchAll(new RegExp(`(?<![\\w$])${MARK}${name.replaceAll('$', '\\$')}(?![\\w$])(?:\\.([A-Za-z_$][\\w$]*))?`, 'g')),
      ([, field]) => field,
    );
    for (const field of new Set(taken)) {
      if (field === undefined) throw new Error(`it uses '${name}', which is no plain data`);
      await this.#tell(`${name}.${field}`, (value as Record<string, unknown>)[field]);
    }
  }

  async #tell(name: string, value: unknown): Promise<void> {
    this.told.push(`${name}:`);
    const known = this.#api.get(value);
    if (known !== undefined) return void this.told.push(`package ${known}`);
    if (typeof value === 'function') return this.look(value as HeldFunction);
    if (!(await isData(value))) throw new Error(`it uses '${name}', which is no plain data`);
    this.told.push((await encode(value, () => false)).digest);
  }

  /** Where a function was written, if it was, and what it holds on to. */
  async #about(one: HeldFunction): Promise<{ readonly script: string | undefined; readonly scopes: Found | undefined }> {
    const { internalProperties = [] } = await this.#propertiesOf(await this.#idOf(one));
    const inner = (name: string): Found | undefined => internalProperties.find((property) => property.name === name)?.value;
    const location = inner('[[FunctionLocation]]')?.value as { readonly scriptId: string } | undefined;
    return { script: location && this.#scripts.get(location.scriptId), scopes: inner('[[Scopes]]') };
  }

  async #isOfPlatform(value: unknown): Promise<boolean> {
    return typeof value === 'function' && (isNative(value) || /^(?:node|ext):/.test((await this.#about(value as HeldFunction)).script ?? ''));
  }

  async #scopesOf(list: Found | undefined): Promise<readonly Scope[]> {
    if (!list?.objectId) throw new Error('what its functions hold on to is unknown');
    const { result } = await this.#propertiesOf(list.objectId);
    const scopes: Scope[] = [];
    // The last one is what is global.
    for (const { value } of result.slice(0, -1)) {
      if (!value?.objectId) continue;
      const { result: own } = await this.#propertiesOf(value.objectId);
      scopes.push({ values: new Map(own.map(({ name, value = {} }) => [name, value])) });
    }
    return scopes;
  }

  /** The value itself, handed by the inspector to a function of ours. */
  async #valueIn({ values }: Scope, name: string): Promise<unknown> {
    const got: unknown[] = [];
    const objectId = await this.#idOf((value: unknown) => void got.push(value));
    const { objectId: id, unserializableValue, value } = values.get(name)!;
    const given = id !== undefined ? { objectId: id } : unserializableValue !== undefined ? { unserializableValue } : { value };
    await this.#post('Runtime.callFunctionOn', { objectId, functionDeclaration: 'function (value) { this(value); }', arguments: [given] });
    if (got.length !== 1) throw new Error(`the value of '${name}' is unknown`);
    return got[0];
  }

  async #idOf(value: unknown): Promise<string> {
    Object.assign(globalThis, { [MARK]: value });
    const { result } = (await this.#post('Runtime.evaluate', { expression: `globalThis.${MARK}` })) as { readonly result: { readonly objectId: string } };
    return result.objectId;
  }

  async #propertiesOf(objectId: string): Promise<{ readonly result: readonly Property[]; readonly internalProperties?: readonly Property[] }> {
    return (await this.#post('Runtime.getProperties', { objectId, ownProperties: true })) as never;
  }

  #post(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error, result) => (error ? reject(new Error(`the inspector refused ${method}`)) : resolve(result)));
    });
  }
}

interface Scope {
  readonly values: ReadonlyMap<string, Found>;
}

/** The code as esbuild prints it, names that it takes from around it marked: esbuild knows which are its own. */
async function freeIn(text: string, known: ReadonlySet<string>): Promise<{ readonly code: string; readonly names: readonly string[] }> {
  const asked = [...new Set(text.match(NAME))].filter((name) => known.has(name) && !OWN_WORDS.has(name));
  const options = {
    loader: 'js',
    minifyWhitespace: true,
    legalComments: 'none',
    charset: 'utf8',
    define: Object.fromEntries(asked.map((name) => [name, MARK + name])),
  } as const;
  const { code } = await inEitherForm(text, (whole) => transform(whole, options));
  return { code, names: asked.filter((name) => new RegExp(`(?<![\\w$])${MARK}${name.replaceAll('$', '\\$')}(?![\\w$])`).test(code)) };
}

/** A method is a function in an object only. */
async function inEitherForm<T>(text: string, read: (whole: string) => Promise<T>): Promise<T> {
  return read(`export default (${text})`).catch(() => read(`export default ({${text}})`));
}

function isNative(value: unknown): boolean {
  return typeof value === 'function' && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value)) && !value.name.startsWith('bound ');
}

async function isData(value: unknown): Promise<boolean> {
  return encode(value, () => false).then(
    () => true,
    () => false,
  );
}
