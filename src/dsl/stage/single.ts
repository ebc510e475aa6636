// An operator as a stage: one state in, one record out, and everything that goes wrong on the way is told, its teardown
// included. RxJS itself takes the first of several values in silence, and swallows what is thrown once the last one is there.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import { placesIn } from '../place.ts';
import { config, Observable, Subscription, type OperatorFunction } from '../rx.ts';

/** @throws E_STAGE for no value, for a second one, and for what a teardown throws */
export function onlyValue<I, P>(stage: string, operator: OperatorFunction<I, P>, state: I): Promise<P> {
  return new Promise<P>((resolve, refuse) => {
    const reject = (error: unknown): void => (unheard(), refuse(error));
    const last = new Last<P>(reject, (values) => {
      try {
        last.unsubscribe();
      } catch (error) {
        return reject(tornDown(stage, error));
      }
      if (values.length === 0) reject(emitted(stage, 'completed without a value'));
      else if (values.length > 1) reject(emitted(stage, 'emitted a second value'));
      // What a teardown further up throws, RxJS tells from a timer.
      else setTimeout(() => setTimeout(() => (unheard(), resolve(values[0]!))));
    });
    const unheard = hear((error) => reject(tornDown(stage, error)));
    const source = new Observable<I>((subscriber) => {
      // Not while it is subscribed to: teardowns are added behind that.
      queueMicrotask(() => {
        try {
          subscriber.next(state);
          subscriber.complete();
        } catch (error) {
          reject(tornDown(stage, error));
        }
      });
    });
    source.pipe(operator).subscribe(last);
  });
}

const listeners = new Set<(error: unknown) => void>();
let before: typeof config.onStoppedNotification = null;

/** Calls `tell` with what teardowns throw behind the end of a row of operators. @returns what stops it */
function hear(tell: (error: unknown) => void): () => void {
  if (listeners.size === 0) {
    before = config.onStoppedNotification;
    config.onStoppedNotification = (notification, subscriber) => {
      before?.(notification, subscriber);
      if (notification.kind === 'E' && causeOf(notification.error) !== notification.error) for (const one of listeners) one(notification.error);
    };
  }
  listeners.add(tell);
  return () => {
    if (listeners.delete(tell) && listeners.size === 0) config.onStoppedNotification = before;
  };
}

/** A subscriber that does not tear down by itself: an end of RxJS's own would keep to itself what is thrown then. */
class Last<P> extends Subscription {
  readonly #values: P[] = [];
  readonly #over: (values: readonly P[]) => void;
  readonly error: (thrown: unknown) => void;

  constructor(error: (thrown: unknown) => void, over: (values: readonly P[]) => void) {
    super();
    this.error = error;
    this.#over = over;
  }

  next(value: P): void {
    // Of more than two it is not waited for the end.
    if (this.#values.push(value) === 2) queueMicrotask(() => this.#over(this.#values));
  }

  complete(): void {
    if (this.#values.length < 2) queueMicrotask(() => this.#over(this.#values));
  }
}

function emitted(stage: string, what: string): PipelineError {
  const hint = what.includes('second') ? 'Emit exactly one record: end with last(), or toArray() and a map.' : 'Emit exactly one record.';
  return new PipelineError('E_STAGE', `Stage '${stage}' ${what}.`, { hint });
}

function tornDown(stage: string, error: unknown): PipelineError {
  const cause = causeOf(error);
  return new PipelineError('E_STAGE', `Stage '${stage}' threw when it was torn down: ${reasonOf(cause)}`, {
    at: placesIn((cause as Partial<Error> | undefined)?.stack)[0],
    hint: 'Keep finalize and teardown functions from throwing.',
    cause,
  });
}

/** What was thrown first, where RxJS collected it. */
export function causeOf(error: unknown): unknown {
  const { name, errors } = (error ?? {}) as { readonly name?: string; readonly errors?: readonly unknown[] };
  return name === 'UnsubscriptionError' && errors !== undefined && errors.length > 0 ? causeOf(errors[0]) : error;
}
