// What both forms of layer_back.wgsl share.
struct Params {
  rows: u32,
  inQuads: u32,
  outQuads: u32,
  activation: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> deltas: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> before: array<vec4f>;

/** Of ACROSS quads of inputs, a sum a row. */
alias Sums = array<mat4x4f, ACROSS>;

// Where four rows begin; those behind the last one are the last one again, and not written.
fn places_of(row: u32) -> vec4u {
  let first = vec4u(row) + vec4u(0u, 1u, 2u, 3u);
  return min(first, vec4u(params.rows - 1u)) * params.outQuads;
}

// Weights of a unit for four inputs. Quads behind the last one are the last one again, and not written.
fn weights_of(quad: u32, unit: u32) -> vec4f {
  let units = params.outQuads * 4u;
  let at = min(quad, params.inQuads - 1u) * 4u * units + unit;
  return vec4f(weights[at], weights[at + units], weights[at + 2u * units], weights[at + 3u * units]);
}

fn write_before(row: u32, quad: u32, sums: Sums) {
  for (var u = 0u; u < ACROSS; u++) {
    for (var r = 0u; r < FOUR; r++) {
      if (quad + u < params.inQuads && row + r < params.rows) {
        let at = (row + r) * params.inQuads + quad + u;
        before[at] = sums[u][r] * slope(params.activation, inputs[at]);
      }
    }
  }
}
