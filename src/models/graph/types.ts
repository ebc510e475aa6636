// The numbers that ONNX gives the types of elements, and how long these are.
import type { ElementType } from './graph.ts';

export const TYPES: Readonly<Record<number, ElementType>> = { 1: 'float', 2: 'uint8', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool', 11: 'double' };

/** Of one element; a text has as many as it has. */
export const BYTES: Readonly<Record<Exclude<ElementType, 'string'>, number>> = { float: 4, double: 8, int64: 8, int32: 4, uint8: 1, bool: 1 };

export function codeOf(type: ElementType): number {
  return Number(Object.keys(TYPES).find((code) => TYPES[Number(code)] === type));
}
