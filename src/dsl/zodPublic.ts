// The whole of zod, for schemas that users write and for help; a page has it only if its pipeline uses it.
export { toJSONSchema, z } from 'zod';
