// What both forms of layer_gradient.wgsl share.
struct Params {
  rows: u32,
  firstRow: u32,
  inQuads: u32,
  outQuads: u32,
  partRows: u32,
  // 0 writes sums, 1 adds them to what is there
  more: u32,
  // of the quads of inputs that any of the rows has: where they stand in `present`, and how many they are; all others follow them
  presentAt: u32,
  presentQuads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(2) var<storage, read> deltas: array<vec4f>;
@group(0) @binding(3) var<storage, read> present: array<u32>;
@group(0) @binding(4) var<storage, read_write> parts: array<vec4f>;

/** Of ACROSS quads of units, a sum an input. */
alias Sums = array<mat4x4f, ACROSS>;

// Quads behind the last one are the last one again, and not written.
fn quad_of(out: u32) -> u32 { return min(out, params.outQuads - 1u); }

// The quad of inputs of an invocation: first that of constant terms, behind the last one, then those present, then the others. Those
// behind all of them have the last one again, and do not write it.
fn quad_at(place: u32) -> u32 {
  return select(present[params.presentAt + min(max(place, 1u), params.inQuads) - 1u], params.inQuads, place == 0u);
}

// Four inputs of a row; behind the last quad, the 1 of constant terms.
fn inputs_of(row: u32, quad: u32) -> vec4f {
  let here = inputs[(params.firstRow + row) * params.inQuads + min(quad, params.inQuads - 1u)];
  return select(here, vec4f(1.0, 0.0, 0.0, 0.0), quad >= params.inQuads);
}

fn write_sums(part: u32, place: u32, quad: u32, out: u32, sums: Sums) {
  if (place > params.inQuads) { return; }
  for (var u = 0u; u < ACROSS; u++) {
    for (var k = 0u; k < FOUR; k++) {
      let input = quad * 4u + k;
      if (out + u < params.outQuads && input <= params.inQuads * 4u) {
        let at = (part * (params.inQuads * 4u + 1u) + input) * params.outQuads + out + u;
        parts[at] = select(sums[u][k], sums[u][k] + parts[at], params.more == 1u);
      }
    }
  }
}
