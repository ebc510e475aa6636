// What both forms of dense_layer.wgsl share.
struct Params {
  rows: u32,
  firstRow: u32,
  inQuads: u32,
  outQuads: u32,
  units: u32,
  activation: u32,
  // of the quads of inputs that any of the rows has: where they stand in `present`, and how many they are
  presentAt: u32,
  presentQuads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> present: array<u32>;
@group(0) @binding(4) var<storage, read_write> outputs: array<vec4f>;

/** Of ACROSS quads of units, a sum a row. */
alias Sums = array<mat4x4f, ACROSS>;

// Quads behind the last one are the last one again, and not written.
fn quad_of(out: u32) -> u32 { return min(out, params.outQuads - 1u); }

// Where four rows begin; those behind the last one are the last one again, and not written.
fn places_of(row: u32) -> vec4u {
  let first = vec4u(row) + vec4u(0u, 1u, 2u, 3u);
  return (vec4u(params.firstRow) + min(first, vec4u(params.rows - 1u))) * params.inQuads;
}

fn constants(out: u32) -> Sums {
  var sums = Sums();
  for (var u = 0u; u < ACROSS; u++) {
    let constant = weights[params.inQuads * 4u * params.outQuads + quad_of(out + u)];
    sums[u] = mat4x4f(constant, constant, constant, constant);
  }
  return sums;
}

fn write_made(row: u32, out: u32, sums: Sums) {
  for (var u = 0u; u < ACROSS; u++) {
    let is_unit = vec4u((out + u) * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.units);
    for (var r = 0u; r < FOUR; r++) {
      if (out + u < params.outQuads && row + r < params.rows) {
        outputs[(row + r) * params.outQuads + out + u] = select(vec4f(), activate(params.activation, sums[u][r]), is_unit);
      }
    }
  }
}
