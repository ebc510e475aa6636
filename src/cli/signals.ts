// Ctrl-C and SIGTERM cancel a run; a second one ends the process at once. A stage that forgot to complete would let Node
// leave with code 0 in silence: it is cancelled too, with that as the reason.
import { PipelineError } from '../core/errors.ts';

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Cancellation {
  readonly signal: AbortSignal;
  /** Exit code of the signal that came, if one did. */
  exitCode(): number | undefined;
  /** The run is over: later signals act as usual. */
  done(): void;
}

export function cancelOnSignal(): Cancellation {
  const controller = new AbortController();
  let code: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (code !== undefined) process.exit(code);
    code = CODES[signal as keyof typeof CODES];
    controller.abort();
  };
  const onIdle = (): void => {
    controller.abort(new PipelineError('E_STAGE', 'The stage never finished: nothing is left to wait for.', { hint: 'Let every stage return or complete.' }));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('beforeExit', onIdle);
  return {
    signal: controller.signal,
    exitCode: () => code,
    done: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('beforeExit', onIdle),
  };
}
