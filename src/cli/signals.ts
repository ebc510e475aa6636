// Ctrl-C and SIGTERM cancel a run; a second one ends the process at once. A stage that forgot to complete would let Node
// leave with code 0 in silence, and one that let something go wrong behind its back would take the run with it: these are
// cancelled too, with that as the reason.
import { PipelineError, reasonOf } from '../core/errors/errors.ts';
import { placesIn } from '../dsl/place.ts';
import { causeOf } from '../dsl/stage/single.ts';

/** Where this package's own code is. */
const PACKAGE = new URL('..', import.meta.url).href;

export const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Cancellation {
  readonly signal: AbortSignal;
  /** Exit code of the signal that came, if one did. */
  exitCode(): number | undefined;
  /** The run is over: later signals act as usual. */
  done(): void;
}

/** @param options.strayErrors cancel for what is thrown where nobody catches it, too */
export function cancelOnSignal({ strayErrors = false } = {}): Cancellation {
  const controller = new AbortController();
  let code: number | undefined;
  let signalled = false;
  const { exit } = process;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (signalled) exit.call(process, code);
    signalled = true;
    code ??= SIGNAL_CODES[signal];
    controller.abort();
  };
  // The end of a process that watches: as Ctrl-C, but no second one.
  const onDisconnect = (): void => {
    code ??= SIGNAL_CODES.SIGINT;
    controller.abort();
  };
  const onIdle = (): void => {
    controller.abort(new PipelineError('E_STAGE', 'The stage never finished: nothing is left to wait for.', { hint: 'Let every stage return or complete.' }));
  };
  const onStray = (thrown: unknown): void => {
    const cause = causeOf(thrown);
    const at = placesIn((cause as Partial<Error> | undefined)?.stack)[0];
    const hint = 'Await what a stage starts, and catch what its timers and events throw.';
    controller.abort(new PipelineError('E_STAGE', `Uncaught error: ${reasonOf(cause)}`, { at, hint, cause }));
  };
  const onExit = (code?: string | number | null): never => {
    const { stack = '' } = new Error();
    // The type check ends by itself at Ctrl-C.
    if (stack.split('\n')[2]?.includes(PACKAGE)) return exit.call(process, code) as never;
    const message = `process.exit(${code ?? ''}) was called before the run was over.`;
    const hint = 'Return from the stage, or throw an error to fail the run.';
    const error = new PipelineError('E_STAGE', message, { at: placesIn(stack)[0], hint });
    controller.abort(error);
    throw error;
  };
  if (strayErrors) process.exit = onExit;
  if (strayErrors) process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('beforeExit', onIdle).on('disconnect', onDisconnect);
  process.channel?.unref(); // a listener alone would keep the process
  if (process.send && !process.connected) onDisconnect(); // while this process was still starting
  return {
    signal: controller.signal,
    exitCode: () => code,
    done: () => {
      process.exit = exit;
      // What a run that ended early left behind may go on failing: that was said once.
      if (!controller.signal.aborted) process.off('uncaughtException', onStray).off('unhandledRejection', onStray);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('beforeExit', onIdle).off('disconnect', onDisconnect);
    },
  };
}
