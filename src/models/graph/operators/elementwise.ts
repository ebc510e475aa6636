// Operators that take element by element, with the sizes of their inputs spread to each other's.
import type { Elements, ElementType, GraphTensor } from '../graph.ts';
import { elements, filled, given, numbers, pick, sizeOf, spread, together, type Operator, type Operators } from '../tensors.ts';
import { TYPES } from '../types.ts';

export function unary(compute: (x: number) => number, type?: ElementType): Operator {
  return ([x]) => {
    const data = numbers(x);
    return filled(type ?? x!.type, x!.dims, (i) => compute(data[i]!));
  };
}

/** Of two numbers; whole numbers stay whole where `whole` is given. */
export function binary(compute: (a: number, b: number) => number, type?: ElementType, whole = compute): Operator {
  return ([a, b]) => both(given(a), given(b), numbers(a), numbers(b), type, isWhole(a!.type) ? whole : compute);
}

/** Of two values of one type, which may be texts. */
export function compared(compute: (a: number, b: number) => boolean): Operator {
  return ([a, b]) => both(given(a), given(b), a!.data as never, b!.data as never, 'bool', compute as never);
}

export const isWhole = (type: ElementType): boolean => type !== 'float' && type !== 'double';

function both(
  a: GraphTensor,
  b: GraphTensor,
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  type: ElementType = a.type,
  compute: (a: number, b: number) => number,
): GraphTensor {
  if (a.type !== b.type) throw new Error(`inputs are ${a.type} and ${b.type}, and must be of one type`);
  const dims = together([a.dims, b.dims]);
  const data = elements(type, sizeOf(dims)) as Float64Array;
  const i = spread(a.dims, dims);
  const k = spread(b.dims, dims);
  for (let at = 0; at < data.length; at++) data[at] = compute(left[i ? i[at]! : at]!, right[k ? k[at]! : at]!);
  return { type, dims, data };
}

/** Any number of inputs, two at a time. */
export function folded(operator: Operator): Operator {
  return (inputs, call) => inputs.slice(1).reduce<GraphTensor>((sum, one) => operator([sum, one], call) as GraphTensor, given(inputs[0]));
}

/** Even where it is halfway, as ONNX and IEEE round. */
export function roundEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** By the number that ONNX gives a type. */
export function typeOf(code: number): ElementType {
  const type = TYPES[code];
  if (!type) throw new Error(`elements of ONNX's type ${code} are none of ${Object.values(TYPES).join(', ')}`);
  return type;
}

export function cast(x: GraphTensor, type: ElementType): GraphTensor {
  const { data } = x;
  if (type === x.type) return x;
  if (type === 'string') return filled(type, x.dims, (i) => textOf(data[i] as number, x.type));
  const read = x.type === 'string' ? numberOf : (value: number | string): number => value as number;
  if (type === 'bool') return filled(type, x.dims, (i) => (read(data[i]!) === 0 ? 0 : 1));
  if (!isWhole(type)) return filled(type, x.dims, (i) => read(data[i]!));
  return filled(type, x.dims, (i) => {
    const value = read(data[i]!);
    if (x.type === 'string' && !Number.isFinite(value)) throw new Error(`'${data[i]}' is no whole number`);
    return Math.trunc(value);
  });
}

function textOf(value: number, type: ElementType): string {
  if (type === 'bool') return value ? '1' : '0';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
  return isWhole(type) ? String(value) : shortOf(value);
}

/** Eight digits, as `%.8g` of C writes them and onnxruntime floats and doubles. */
function shortOf(value: number): string {
  const [digits, power] = value.toExponential(7).split('e') as [string, string];
  const exponent = Number(power);
  const sign = Object.is(value, -0) ? '-' : '';
  const short = (text: string): string => sign + (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent >= -4 && exponent < 8) return short(value.toFixed(7 - exponent));
  return `${short(digits)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function numberOf(given: number | string): number {
  const text = String(given).trim();
  if (/^[-+]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[-+]?nan$/i.test(text)) return NaN;
  const value = Number(text);
  // JavaScript reads an empty text as 0, and has numbers of two and of eight digits that others do not.
  if (text === '' || /^0[bo]/i.test(text) || !Number.isFinite(value)) throw new Error(`'${given}' is no number`);
  return value;
}

function where([condition, a, b]: readonly (GraphTensor | undefined)[]): GraphTensor {
  const [x, y] = [given(a), given(b)];
  const dims = together([given(condition).dims, x.dims, y.dims]);
  const [c, i, k] = [spread(condition!.dims, dims), spread(x.dims, dims), spread(y.dims, dims)];
  const yes = numbers(condition);
  return filled(x.type, dims, (at) => (yes[c ? c[at]! : at] ? x.data[i ? i[at]! : at]! : y.data[k ? k[at]! : at]!));
}

export const basicElementwise: Operators = {
  Abs: unary(Math.abs),
  Add: binary((a, b) => a + b),
  Cast: ([x], { attributes }) => cast(given(x), typeOf(attributes['to']?.int ?? 0)),
  Div: binary(
    (a, b) => a / b,
    undefined,
    (a, b) => {
      if (b === 0) throw new Error('a whole number is divided by zero');
      return Math.trunc(a / b);
    },
  ),
  Equal: compared((a, b) => a === b),
  Exp: unary(Math.exp),
  Greater: compared((a, b) => a > b),
  GreaterOrEqual: compared((a, b) => a >= b),
  Identity: ([x]) => given(x),
  IsNaN: unary((x) => Number(Number.isNaN(x)), 'bool'),
  Less: compared((a, b) => a < b),
  LessOrEqual: compared((a, b) => a <= b),
  Log: unary(Math.log),
  Mul: binary((a, b) => a * b),
  Neg: unary((x) => -x),
  // The exponent may be of another type.
  Pow: ([a, b], call) =>
    binary(
      (x, y) => x ** y,
      undefined,
      (x, y) => Math.trunc(x ** y),
    )([a, b && { ...b, type: given(a).type }], call),
  Relu: unary((x) => (x < 0 ? 0 : x)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Sqrt: unary(Math.sqrt),
  Sub: binary((a, b) => a - b),
  Tanh: unary(Math.tanh),
  Where: where,
};

/** A tensor in other sizes, repeated where it must be. */
export function expanded(x: GraphTensor, dims: readonly number[]): GraphTensor {
  const at = spread(x.dims, dims);
  return at ? pick(x, dims, at) : { type: x.type, dims, data: x.data as Elements };
}
