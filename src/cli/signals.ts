// Ctrl-C and SIGTERM cancel a run; a second one ends the process at once. A run that never ends (a stage that forgot to
// complete) would let Node leave with code 0 in silence: that is said and made a failure.
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
    process.stderr.write('✖ E_STAGE A stage never finished: nothing is left to wait for.\n  try: Let every stage return or complete.\n');
    process.exitCode = 1;
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('beforeExit', onIdle);
  return {
    signal: controller.signal,
    exitCode: () => code,
    done: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('beforeExit', onIdle),
  };
}
