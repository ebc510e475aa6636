// Whatever a stage throws, as an error with its place and one cure. The place is the user's line that threw, where the
// stack shows it, else the line where the stage was written.
import { isPipelineError, PipelineError, reasonOf, type SourcePlace } from '../core/errors/errors.ts';
import { systemCure } from '../core/errors/systemErrors.ts';
import { fieldOf } from '../core/errors/thrown.ts';
import { placesIn, throwingPlace } from './place.ts';

/** The frame below which a stack tells of who started the run, not of the stage; what went on behind an await may have lost it. */
const RUNNER = /[\\/]runStage\.[jt]s/;

/** @param stageAt where the stage was written */
export function placed(error: unknown, stageAt: SourcePlace | undefined, stage: string): PipelineError {
  const known = isPipelineError(error) ? error : undefined;
  const at = known?.at ?? thrownAt(error) ?? stageAt;
  const told = known ?? new PipelineError('E_STAGE', `Stage '${stage}' threw: ${reasonOf(error)}`, { hint: cureOf(error), cause: error });
  told.at = at;
  told.stage ??= stage;
  if (stageAt && told.stage === stage && (at?.file !== stageAt.file || at.line !== stageAt.line)) told.stageAt ??= stageAt;
  return told;
}

function thrownAt(error: unknown): SourcePlace | undefined {
  const stack = fieldOf(error, 'stack');
  if (typeof stack !== 'string') return undefined;
  const [inside, below] = stack.split(RUNNER) as [string, string | undefined];
  return below === undefined ? throwingPlace(inside) : placesIn(inside)[0];
}

function cureOf(error: unknown): string {
  const cure = systemCure(error);
  if (cure !== undefined) return cure;
  return error instanceof Error
    ? 'Correct the code at that place, or what it was given; --debug prints the stack.'
    : 'Throw an Error that says what went wrong.';
}
