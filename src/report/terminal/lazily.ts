// Packages that few runs need, loaded when one does: together they take as long as a dozen stages whose results are kept.

/**
 * @param name of the package
 * @returns what loads the package when it is first called, and gives what it exports; nothing in pages, which have no terminal
 */
export function lazily<T>(name: string): () => T | undefined {
  let loaded: T | undefined;
  return () => (loaded ??= globalThis.process?.getBuiltinModule('node:module').createRequire(import.meta.url)(name) as T | undefined);
}
