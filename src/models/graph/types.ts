// The numbers that ONNX gives the types of elements.
import type { ElementType } from './graph.ts';

export const TYPES: Readonly<Record<number, ElementType>> = { 1: 'float', 2: 'uint8', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool', 11: 'double' };

export function codeOf(type: ElementType): number {
  return Number(Object.keys(TYPES).find((code) => TYPES[Number(code)] === type));
}
