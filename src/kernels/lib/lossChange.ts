// Where loss_change.wgsl is, and the same formula in float64.

export const lossChangePrelude = new URL('./loss_change.wgsl', import.meta.url);

/** softplus(origin + moved) - softplus(origin), by log(1 + p * (exp(moved) - 1)) where the difference would cancel. */
export function lossChangeReference(origin: number, moved: number): number {
  if (Math.abs(moved) > 0.5) return softplus(origin + moved) - softplus(origin);
  return Math.log1p(Math.expm1(moved) / (1 + Math.exp(-origin)));
}

export function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}
