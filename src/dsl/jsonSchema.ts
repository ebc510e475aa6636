// Parameters as JSON Schema, for help and for editors. A file of its own: pages that run pipelines never need it.
import type { Json } from '../core/events.ts';
import { toJSONSchema, type z } from './zodPublic.ts';

/** The part of JSON Schema that parameters use. */
export interface ParamSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly ParamSchema[];
  readonly const?: Json;
  readonly properties?: Readonly<Record<string, ParamSchema>>;
}

/** What may be given: JSON Schema, draft 2020-12. What JSON cannot say (Infinity) is left open. */
export function jsonSchemaOf(schema: z.ZodType): ParamSchema {
  return toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ParamSchema;
}
