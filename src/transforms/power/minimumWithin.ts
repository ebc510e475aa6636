// The least of a function of one number between two bounds, by Brent's method, as `scipy.optimize.fminbound` has it: where figures
// are to equal scipy's, so must the steps that lead to them.

const GOLDEN = 0.5 * (3 - Math.sqrt(5));
const MOST_STEPS = 500;

/** @param tolerance how far from the least the result may be */
export function minimumWithin([from, to]: readonly [number, number], tolerance: number, of: (x: number) => number): number {
  const least = Math.sqrt(2.2e-16);
  let [a, b] = [from, to];
  let best = a + GOLDEN * (b - a);
  let [second, third] = [best, best];
  let value = of(best);
  let [secondValue, thirdValue] = [value, value];
  let [step, before] = [0, 0];
  for (let count = 1; count < MOST_STEPS; count++) {
    const middle = 0.5 * (a + b);
    const close = least * Math.abs(best) + tolerance / 3;
    if (Math.abs(best - middle) <= 2 * close - 0.5 * (b - a)) break;
    let golden = true;
    if (Math.abs(before) > close) {
      // A parabola through the three best points.
      let r = (best - second) * (value - thirdValue);
      let q = (best - third) * (value - secondValue);
      let p = (best - third) * q - (best - second) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = Math.abs(q);
      r = before;
      before = step;
      if (Math.abs(p) < Math.abs(0.5 * q * r) && p > q * (a - best) && p < q * (b - best)) {
        step = p / q;
        const next = best + step;
        if (next - a < 2 * close || b - next < 2 * close) step = close * (middle >= best ? 1 : -1);
        golden = false;
      }
    }
    if (golden) {
      before = best >= middle ? a - best : b - best;
      step = GOLDEN * before;
    }
    const next = best + (step >= 0 ? 1 : -1) * Math.max(Math.abs(step), close);
    const found = of(next);
    if (found <= value) {
      if (next >= best) a = best;
      else b = best;
      [third, thirdValue] = [second, secondValue];
      [second, secondValue] = [best, value];
      [best, value] = [next, found];
    } else {
      if (next < best) a = next;
      else b = next;
      if (found <= secondValue || second === best) {
        [third, thirdValue] = [second, secondValue];
        [second, secondValue] = [next, found];
      } else if (found <= thirdValue || third === best || third === second) [third, thirdValue] = [next, found];
    }
  }
  return best;
}
