// Runs a notebook from a clean checkout, without a browser: `npm run notebook -- --kernel deno`. Needs Jupyter's nbconvert, which is
// no npm package: `apt-get install jupyter-nbconvert jupyter-core`. Writes the notebook with its outputs, and the same as a page.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'notebooks');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kernel: { type: 'string', default: 'tslab' }, out: { type: 'string', default: join(ROOT, '.pipeline/notebooks') } },
});
const { kernel, out } = values;
const notebook = resolve(positionals[0] ?? join(FOLDER, 'mnist-2detector.ipynb'));

const commands: Readonly<Record<string, readonly string[]>> = {
  tslab: [process.execPath, join(FOLDER, 'node_modules/tslab/bin/tslab'), 'kernel', '--config-path', '{connection_file}'],
  deno: [join(ROOT, 'node_modules/.bin/deno'), 'jupyter', '--kernel', '--conn', '{connection_file}'],
};
const argv = commands[kernel];
if (!argv) throw new Error(`There is no kernel '${kernel}'; there are ${Object.keys(commands).join(' and ')}.`);

// The kernel tslab brings a TypeScript of its own, which must not stand where the one of this repository does.
if (!existsSync(join(FOLDER, 'node_modules/tslab'))) execFileSync('npm', ['ci', '--prefix', FOLDER], { stdio: 'inherit' });
const link = join(FOLDER, 'node_modules/pipeline-gpu');
if (!existsSync(link)) symlinkSync(ROOT, link);

const spec = join(FOLDER, 'node_modules/.kernels/kernels', kernel);
mkdirSync(spec, { recursive: true });
writeFileSync(join(spec, 'kernel.json'), JSON.stringify({ argv, display_name: kernel, language: 'typescript' }));

const target = join(resolve(out), `${kernel}.ipynb`);
mkdirSync(dirname(target), { recursive: true });
const env = { ...process.env, JUPYTER_PATH: join(FOLDER, 'node_modules/.kernels') };
const nbconvert = (...args: readonly string[]): void => void execFileSync('jupyter-nbconvert', args, { env, stdio: 'inherit' });
nbconvert('--to', 'notebook', '--execute', `--ExecutePreprocessor.kernel_name=${kernel}`, '--ExecutePreprocessor.timeout=600', '--output', target, notebook);
nbconvert('--to', 'html', target);
