// A process of its own that checks or runs pipeline files with mistakes in them, as the command line does but all of them in
// one start, and prints what each is told as. Run by `toldOf` of mistakes.ts.
import { errorSummary, type ErrorSummary } from '../../src/core/events.ts';
import { checkFile } from '../../src/cli/checkFile.ts';
import { loadPipeline } from '../../src/cli/load.ts';
import { runPipeline } from '../../src/node.ts';

const [how, ...names] = process.argv.slice(2);

async function problemsOf(name: string): Promise<readonly ErrorSummary[]> {
  try {
    // As before a run: there is no compiler where the files are, which is a note then.
    if (how === 'check') return (await checkFile(name, { beforeRun: true })).problems.map(errorSummary);
    const { error } = await runPipeline((await loadPipeline(name)).pipeline);
    return error === undefined ? [] : [errorSummary(error)];
  } catch (error) {
    return [errorSummary(error)];
  }
}

const told: Record<string, readonly ErrorSummary[]> = {};
for (const name of names) told[name] = await problemsOf(name);
process.stdout.write(`\nTOLD ${JSON.stringify(told)}\n`, () => process.exit());
