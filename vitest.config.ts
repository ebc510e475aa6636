import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['pipeline-gpu-source', 'node', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/long/**'],
    globalSetup: 'test/support/globalSetup.ts',
    // Dawn is a native addon: a process a file keeps one file's device away from the next. Two cores: one at a time,
    // because a software adapter uses them all.
    pool: 'forks',
    fileParallelism: false,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'test-results.json' }]] : ['default'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
  },
});
