// What a stage does that was made in the cell of a notebook. No file tells; so its functions are asked: their text, and the values
// that they hold on to, which V8's inspector knows, functions of cells among them with all that they hold in turn. Whatever cannot
// be told for sure is an error, and the stage runs every time: two stages of equal text that hold other values are not the same.
import { Session } from 'node:inspector';
import { runInNewContext } from 'node:vm';
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
const BEFORE = '(?<![\\p{ID_Continue}$])';
const AFTER = '(?![\\p{ID_Continue}$])';
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;
/** By these code reaches what no name tells; after a single point such a word is a field. */
const REACHES = new RegExp(`${BEFORE}(?<!(?<!\\.\\.)\\.)(?:this|super|eval|Function|import|require|globalThis|arguments)${AFTER}`, 'u');
/** What stands for itself, and what is no name. */
const WORDS = new Set(
  (
    'undefined NaN Infinity super eval Function import require globalThis arguments break case catch class const continue debugger default delete do ' +
    'else enum export extends false finally for function if in instanceof new null return switch throw true try typeof var void while with'
  ).split(' '),
);
/** Functions without anything of anybody's are of these kinds. */
const KINDS: readonly object[] = [() => {}, async () => {}, function* () {}, async function* () {}].map((one) => Object.getPrototypeOf(one) as object);

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
    const added = addedToLanguage();
    if (added !== undefined) throw new Error(`somebody changed what the language brings, ${added}`);
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
    const text = Function.prototype.toString.call(one);
    if (script === undefined || !/^(?:evalmachine\.<anonymous>|<anonymous>)?$/.test(script)) throw new Error(`it uses '${one.name}', which is made elsewhere`);
    // What a class extends, or names its methods by, it holds on to without a scope that tells.
    if (/^class\b/.test(text)) throw new Error(`it uses '${one.name}', which is a class`);
    const scopes = await this.#scopesOf(list);
    const { code, names } = await freeIn(text);
    const reached = REACHES.exec(code);
    if (reached) throw new Error(`'${one.name}' says '${reached[0]}', by which more may count than is known`);
    this.uses.push(...(await inEitherForm(text, (whole) => markedCode('/cell', whole, 'js'))).uses);
    this.told.push(code, fieldsOf(one));
    for (const name of names) await this.#lookAt(name, code, scopes);
  }

  async #lookAt(name: string, code: string, scopes: readonly Scope[]): Promise<void> {
    const scope = scopes.find(({ values }) => values.has(name));
    if (!scope && !(name in globalThis)) throw new Error(`nobody can see what '${name}' is`);
    const value = scope ? await this.#valueIn(scope, name) : (globalThis as Record<string, unknown>)[name];
    const native = !scope && (await this.#isOfPlatform(value));
    if (native) this.told.push(`${name}: platform ${(value as HeldFunction).name}`);
    else if (await this.#tell(name, value)) return;
    // Of an object that is no data, such as all that a package or a notebook has, what is taken from it.
    const taken = Array.from(code.matchAll(new RegExp(`${markOf(name)}(?:\\.(${NAME.source}))?`, 'gu')), ([, field]) => field);
    for (const field of new Set(taken)) {
      // The environment is among what code is seen to use.
      if (field === undefined ? native : !scope && name === 'process' && field === 'env') continue;
      const part = field === undefined ? undefined : (value as Record<string, unknown>)[field];
      if (!scope && (await this.#isOfPlatform(part))) this.told.push(`${name}.${field}: platform ${(part as HeldFunction).name}`);
      else if (field === undefined || !(await this.#tell(`${name}.${field}`, part))) throw new Error(`it uses '${name}', which is no plain data`);
    }
  }

  /** Whether it could. */
  async #tell(name: string, value: unknown): Promise<boolean> {
    this.told.push(`${name}:`);
    const known = this.#api.get(value);
    if (known !== undefined) this.told.push(`package ${known}`);
    else if (typeof value === 'function') await this.look(value as HeldFunction);
    else {
      const digest = await encode(value, () => false).then(
        (encoded) => encoded.digest,
        () => undefined,
      );
      if (digest === undefined) return false;
      this.told.push(digest);
    }
    return true;
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
async function freeIn(text: string): Promise<{ readonly code: string; readonly names: readonly string[] }> {
  const printed = (define: Readonly<Record<string, string>>): Promise<string> =>
    inEitherForm(
      text,
      async (whole) => (await transform(whole, { loader: 'js', minifyWhitespace: true, legalComments: 'none', charset: 'utf8', define })).code,
    );
  // That of an arrow function is from around it, and would be printed as undefined.
  const own = { this: `${MARK}this` };
  const asked = [...new Set((await printed(own)).match(NAME))].filter((name) => !WORDS.has(name));
  const code = await printed({ ...Object.fromEntries(asked.map((name) => [name, MARK + name])), ...own });
  return { code, names: [...asked, 'this'].filter((name) => new RegExp(markOf(name), 'u').test(code)) };
}

function markOf(name: string): string {
  return `${BEFORE}${MARK}${name.replaceAll('$', '\\$')}${AFTER}`;
}

/** What all functions have, in words. @throws Error for one that has more: somebody put it there, and code may use it */
function fieldsOf(one: HeldFunction): string {
  const { name, length, prototype, arguments: _arguments, caller: _caller, ...more } = Object.getOwnPropertyDescriptors(one) as PropertyDescriptorMap;
  const kind = Object.getPrototypeOf(one) as HeldFunction;
  const made = prototype?.value as object | undefined;
  const usual =
    Reflect.ownKeys(more).length === 0 &&
    KINDS.includes(kind) &&
    typeof name?.value === 'string' &&
    typeof length?.value === 'number' &&
    (!made || (Object.getPrototypeOf(made) === (kind.prototype ?? Object.prototype) && Reflect.ownKeys(made).every((key) => key === 'constructor')));
  if (!usual) throw new Error(`'${one.name}' has fields of its own`);
  return `${name.value} ${length.value}`;
}

/** What somebody put among what the language brings, or in its place: any code may use it without a name that tells. */
function addedToLanguage(): string | undefined {
  const bare = runInNewContext('globalThis') as Globals;
  const here = globalThis as unknown as Globals;
  const names = Object.getOwnPropertyNames(bare).filter((name) => /^[A-Z]/.test(name));
  for (const name of names) {
    const added = addedTo(here[name], bare[name]) ?? addedTo(here[name]?.prototype, bare[name]?.prototype);
    if (added !== undefined) return `${name}: ${added}`;
  }
  return undefined;
}

type Globals = Readonly<Record<string, { readonly prototype?: unknown } | undefined>>;

function addedTo(ours: unknown, bare: unknown): string | undefined {
  if ((typeof ours !== 'object' && typeof ours !== 'function') || ours === null) return undefined;
  const added = Reflect.ownKeys(ours).find((key) => {
    const { value, get, set } = Object.getOwnPropertyDescriptor(ours, key)!;
    // Node itself adds symbols, and Deno a '__proto__' that does little; how errors are written decides nothing.
    if (typeof value === 'symbol' || key === '__proto__' || key === 'prepareStackTrace') return false;
    return !Object.hasOwn(Object(bare) as object, key) || [value, get, set].some((one) => typeof one === 'function' && !isNative(one));
  });
  return added?.toString();
}

/** A method is a function in an object only. */
async function inEitherForm<T>(text: string, read: (whole: string) => Promise<T>): Promise<T> {
  return read(`export default (${text})`).catch(() => read(`export default ({${text}})`));
}

function isNative(value: unknown): boolean {
  return typeof value === 'function' && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value)) && !value.name.startsWith('bound ');
}
