// What commands load: users wait for all of it.
import { expect, test } from 'vitest';
import { project, type Project } from '../support/project.ts';

/** Packages whose code a command loads, as Node tells where it debugs itself, and files of this one that do not load with all runs. */
async function packagesOf(made: Project, args: readonly string[]): Promise<readonly string[]> {
  const { stderr } = await made.run(args, { env: { NODE_DEBUG: 'esm,module' } });
  const loaded = stderr.split('\n').filter((line) => /Storing file:|load "/.test(line));
  expect(loaded.some((line) => line.includes('/dist/main.js'))).toBe(true);
  return [...new Set(loaded.flatMap((line) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)|(echarts)\.js/.exec(line)?.slice(1).find(Boolean) ?? []))].toSorted();
}

test('help loads what reads the command line, and a run whose results are kept nothing that computes, compiles, fetches or draws', async () => {
  const made = project();
  made.write(
    'mine.ts',
    `import { fetch, fit, iris, logisticRegression, pipeline, split } from 'pipeline-gpu';
export default pipeline('mine', fetch(iris()), split({ test: 0.2 }), fit(logisticRegression({ maxIter: 2 })));
`,
  );
  expect(await packagesOf(made, ['--help'])).toEqual(['commander', 'picocolors']);
  expect(await packagesOf(made, ['run', './mine.ts'])).toEqual(expect.arrayContaining(['esbuild', 'webgpu']));
  expect(await packagesOf(made, ['run', './mine.ts'])).toEqual(['commander', 'picocolors', 'rxjs', 'zod']);
});
