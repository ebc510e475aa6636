// Stages in a plain rxjs pipe, outside any run: they compute on the device a run would choose, opened on first use and
// kept until the process ends. In Node; browser.ts does the same. Node's parts are loaded when they are needed.
import type { Compute } from './core/compute.ts';
import type { Disk, FileStore } from './core/files.ts';
import { provideStandaloneContext } from './dsl/stage/context.ts';

let compute: Promise<Compute> | undefined;

provideStandaloneContext(() => ({
  files: {
    read: async (set, options) => (await files()).read(set, options),
    download: async (url, options) => (await files()).download!(url, options),
    keep: async (set, file, bytes, options) => (await files()).keep!(set, file, bytes, options),
  },
  disk: {
    list: async (folder) => (await surroundings()).list(folder),
    read: async (file) => (await surroundings()).read(file),
    open: async (file) => (await surroundings()).open(file),
    slices: async (file) => (await surroundings()).slices(file),
    write: async (file, bytes) => (await surroundings()).write(file, bytes),
    query: async (query, signal) => (await surroundings()).query!(query, signal),
    rowsFile: async (cols) => (await surroundings()).rowsFile!(cols),
  },
  signal: new AbortController().signal,
  emit: () => {},
  seed: 0,
  compute: () => (compute ??= import('./runtime/node/runtime.ts').then(async ({ openNodeCompute }) => (await openNodeCompute({ quiet: true })).compute)),
}));

async function files(): Promise<FileStore> {
  return (await import('./runtime/node/files/fileStore.ts')).nodeFileStore();
}

async function surroundings(): Promise<Disk> {
  return (await import('./runtime/node/surroundings.ts')).nodeSurroundings();
}
