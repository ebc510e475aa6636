// Packages that few runs need, loaded when one does: together they take as long as a dozen stages whose results are kept.

/** @returns what loads the package when it is first called, and gives what it exports */
export function lazily<T>(name: string): () => T {
  let loaded: T | undefined;
  // oxlint-disable-next-line no-restricted-globals -- pages have no terminal
  return () => (loaded ??= process.getBuiltinModule('node:module').createRequire(import.meta.url)(name) as T);
}
