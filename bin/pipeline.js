#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  const { finished } = await import(main.href);
  await finished;
} else {
  console.error('pipeline: dist/ is missing. In a checkout, run `npm run build` (or `npm ci`) once.');
  process.exitCode = 2;
}
