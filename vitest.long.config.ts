// Tests that take minutes or the network: `npm run test:long`.
import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

export default defineConfig({
  ...config,
  test: { ...config.test, include: ['test/long/**/*.test.ts'], exclude: ['**/node_modules/**'], testTimeout: 1_200_000, hookTimeout: 1_200_000, typecheck: {} },
});
