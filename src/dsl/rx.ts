// The one file that names rxjs. RxJS 9 has no pipeable operators, so a move there is a change of this file alone. In Node all of
// rxjs is two hundred files, and what is used here thirty.
export { config } from 'rxjs/internal/config';
export { Observable } from 'rxjs/internal/Observable';
export { concatMap } from 'rxjs/internal/operators/concatMap';
export { Subscription } from 'rxjs/internal/Subscription';
export type { OperatorFunction } from 'rxjs';
