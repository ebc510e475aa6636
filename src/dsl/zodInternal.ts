// The parts of zod that this package uses, one by one: its `z` as a whole would bring every language of its messages and
// all of JSON Schema into each bundle for a browser, six times what is used.
export { array, boolean, enum, int, literal, number, object, record, strictObject, string, tuple, union, unknown, ZodObject, ZodType } from 'zod';
export type { input, output, ZodError } from 'zod';
