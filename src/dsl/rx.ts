// The one file that names rxjs. RxJS 9 has no pipeable operators, so a move there is a change of this file alone.
export { concatMap, firstValueFrom, from, lastValueFrom, of, throwIfEmpty } from 'rxjs';
export type { Observable, OperatorFunction } from 'rxjs';
