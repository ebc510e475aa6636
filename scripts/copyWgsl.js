// tsc emits the TypeScript; the shaders beside it are copied as they are.
import { cpSync } from 'node:fs';

cpSync('src', 'dist', { recursive: true, filter: (path) => !/\.[^/.]+$/.test(path) || path.endsWith('.wgsl') });
