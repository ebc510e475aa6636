// The one file that names rxjs. RxJS 9 has no pipeable operators, so a move there is a change of this file alone.
export { concatMap, config, Observable, Subscription } from 'rxjs';
export type { OperatorFunction } from 'rxjs';
