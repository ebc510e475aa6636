// `--track`: tells servers of a run that is over. What goes wrong is said, and changes nothing of the run.
import { isPipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import { reportOf } from '../commands/runs/report.ts';
import { shownUrl } from '../../runtime/node/files/urls.ts';
import { pushToMlflow, savedModels, type Artefact } from './mlflow.ts';

/** @param urls of MLflow servers */
export async function track(urls: readonly string[], run: RunRecord): Promise<void> {
  let made: Promise<readonly Artefact[]> | undefined;
  for (const url of urls) {
    try {
      const id = await pushToMlflow(url, run, await (made ??= artefactsOf(run)));
      process.stderr.write(`tracked: ${shownUrl(url).replace(/\/$/, '')}, run ${id}\n`);
    } catch (error) {
      const hint = isPipelineError(error) && error.hint !== undefined ? `\n  try: ${error.hint}` : '';
      process.stderr.write(`! Run ${run.id} is not tracked. ${reasonOf(error)}${hint}\n`);
    }
  }
}

async function artefactsOf(run: RunRecord): Promise<readonly Artefact[]> {
  return [{ name: 'record.json', bytes: JSON.stringify(run, undefined, 2) }, { name: 'report.html', bytes: await reportOf(run) }, ...(await savedModels(run))];
}
