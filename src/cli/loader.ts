// How pipeline files are loaded: types are erased by tsx, since Node 20 cannot, in ES modules and in CommonJS; and the
// package that is running is found from everywhere, installed beside the file or not.
import { createRequire, Module, register as registerHooks } from 'node:module';
import { register as registerCommonJs } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';

const OWN_NAME = /^pipeline-gpu(?:\/|$)/;

/** Asked before tsx and Node, in a thread of its own, so it is text. A package finds itself by its name. */
const HOOKS = `export const resolve = (name, context, next) => next(name, context).catch((error) => {
  if (!${OWN_NAME}.test(name) || error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  return next(name, { ...context, parentURL: ${JSON.stringify(import.meta.url)} });
});`;

type Resolve = (name: string, ...rest: readonly unknown[]) => string;

let registered = false;

/** From now on files of TypeScript can be imported, now or while they run: a stage may import one when it is needed. */
export function loadTypeScript(): void {
  if (registered) return;
  registered = true;
  registerCommonJs();
  register();
  registerHooks(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  const required = Module as unknown as { _resolveFilename: Resolve };
  const inner = required._resolveFilename;
  const own = createRequire(import.meta.url);
  required._resolveFilename = function (this: unknown, name, ...rest) {
    try {
      return inner.call(this, name, ...rest);
    } catch (error) {
      if (!OWN_NAME.test(name) || (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      return inner.call(this, own.resolve(name));
    }
  };
}
