// How pipeline files are loaded: types are erased by tsx, since Node 20 cannot, in ES modules and in CommonJS; and the
// package that is running is found from everywhere, installed beside the file or not.
import { createRequire, Module, register as registerHooks } from 'node:module';
import { register as registerCommonJs } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';
import { OWN_NAME } from './kept.ts';

/** Path of a tsconfig.json, false for none; undefined for the one of the current folder. */
type Tsconfig = string | false | undefined;

/** Runs in a thread of its own, so it is text. A package finds itself by its name. */
const HOOKS = `export const resolve = (name, context, next) => next(name, context).catch((error) => {
  if (!${OWN_NAME}.test(name) || error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  return next(name, { ...context, parentURL: ${JSON.stringify(import.meta.url)} });
});`;

type Resolve = (name: string, ...rest: readonly unknown[]) => string;

let registered: { readonly tsconfig: Tsconfig; undo(): Promise<void> } | undefined;

/**
 * From now on files of TypeScript can be imported, now or while they run: a stage may import one when it is needed. What their
 * imports mean follows `tsconfig`.
 */
export async function loadTypeScript(tsconfig?: Tsconfig): Promise<void> {
  if (registered && registered.tsconfig === tsconfig) return;
  if (registered) await registered.undo();
  else findOwnPackage();
  const undoCommonJs = withVariable('TSX_TSCONFIG_PATH', tsconfig || undefined, () => registerCommonJs());
  const undoModules = register(tsconfig === undefined ? {} : { tsconfig });
  registered = {
    tsconfig,
    undo: async () => {
      undoCommonJs();
      await undoModules();
    },
  };
}

/** The only way to tell this to tsx for CommonJS. */
function withVariable<T>(name: string, value: string | undefined, work: () => T): T {
  const before = process.env[name];
  if (value !== undefined) process.env[name] = value;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

function findOwnPackage(): void {
  registerHooks(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  const required = Module as unknown as { _resolveFilename: Resolve };
  const inner = required._resolveFilename;
  const own = createRequire(import.meta.url);
  let asking = false; // `own` asks here, too
  required._resolveFilename = function (this: unknown, name, ...rest) {
    try {
      return inner.call(this, name, ...rest);
    } catch (error) {
      if (asking || !OWN_NAME.test(name) || (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      asking = true;
      try {
        return own.resolve(name);
      } finally {
        asking = false;
      }
    }
  };
}
