// Operators element by element that few models ask for.
import { filled, given, numbers, type Operators } from '../tensors.ts';
import { binary, cast, compared, folded, roundEven, unary } from './elementwise.ts';

/** Abramowitz and Stegun have 7 digits; this has all of a double: the series near zero, the continued fraction beyond. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let [sum, term] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}

/** With the sign of the divisor, as in Python. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

const flags = (compute: (a: number, b: number) => boolean): Operators[string] => compared((a, b) => compute(Number(Boolean(a)), Number(Boolean(b))));

export const furtherElementwise: Operators = {
  And: flags((a, b) => a === 1 && b === 1),
  Ceil: unary(Math.ceil),
  Clip: ([x, low, high], { attributes }) => {
    const data = numbers(x);
    const least = low ? numbers(low)[0]! : (attributes['min']?.float ?? -Infinity);
    const most = high ? numbers(high)[0]! : (attributes['max']?.float ?? Infinity);
    return filled(x!.type, x!.dims, (i) => Math.min(Math.max(data[i]!, least), most));
  },
  Cos: unary(Math.cos),
  Dropout: ([x, , training]) => {
    if (training && numbers(training)[0]) throw new Error('training is not among what this program runs');
    return given(x);
  },
  Elu: (inputs, call) => {
    const alpha = call.attributes['alpha']?.float ?? 1;
    return unary((x) => (x < 0 ? alpha * (Math.exp(x) - 1) : x))(inputs, call);
  },
  Erf: unary(erf),
  Floor: unary(Math.floor),
  HardSigmoid: (inputs, call) => {
    const [alpha, beta] = [call.attributes['alpha']?.float ?? 0.2, call.attributes['beta']?.float ?? 0.5];
    return unary((x) => Math.max(0, Math.min(1, alpha * x + beta)))(inputs, call);
  },
  LeakyRelu: (inputs, call) => {
    const alpha = call.attributes['alpha']?.float ?? 0.01;
    return unary((x) => (x < 0 ? alpha * x : x))(inputs, call);
  },
  Max: folded(binary(Math.max)),
  Mean: (inputs, call) => unary((x) => x / inputs.length)([folded(binary((a, b) => a + b))(inputs, call) as never], call),
  Min: folded(binary(Math.min)),
  Mod: (inputs, call) => binary(call.attributes['fmod']?.int ? (a, b) => a % b : modulo)(inputs, call),
  Not: unary((x) => (x ? 0 : 1), 'bool'),
  Or: flags((a, b) => a === 1 || b === 1),
  PRelu: binary((x, slope) => (x < 0 ? slope * x : x)),
  Reciprocal: unary((x) => 1 / x),
  Round: unary(roundEven),
  Selu: (inputs, call) => {
    const [alpha, gamma] = [call.attributes['alpha']?.float ?? 1.6732631921768188, call.attributes['gamma']?.float ?? 1.0507010221481323];
    return unary((x) => gamma * (x < 0 ? alpha * (Math.exp(x) - 1) : x))(inputs, call);
  },
  Sign: unary((x) => (Number.isNaN(x) ? NaN : Math.sign(x))),
  Sin: unary(Math.sin),
  Softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  Sum: folded(binary((a, b) => a + b)),
  Xor: flags((a, b) => a !== b),
  // A cast to the type of another tensor.
  CastLike: ([x, like]) => cast(given(x), given(like).type),
};
