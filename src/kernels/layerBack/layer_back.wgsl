// Back through a layer of units: how the loss of each row changes with the sums of the layer before, from how it changes with its own.
//
// deltas    [row][outQuad]          f32 of four units: by their sums
// weights   [input][outQuad]        f32 of four units
// inputs    [row][inQuad]           what the units of the layer before made
// before    [row][inQuad]           out: by their sums
//
// An invocation has four rows and four inputs. Grid: ceil(ceil(rows / 4) * inQuads / WORKGROUP). Sizes: WORKGROUP.
struct Params {
  rows: u32,
  inQuads: u32,
  outQuads: u32,
  activation: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> deltas: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> before: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let quad = id.x % params.inQuads;
  let row = id.x / params.inQuads * 4u;
  if (row >= params.rows) { return; }
  let begin = quad * 4u * params.outQuads;
  for (var i = row; i < min(row + 4u, params.rows); i++) {
    var sum = vec4f();
    for (var out = 0u; out < params.outQuads; out++) {
      let delta = deltas[i * params.outQuads + out];
      let w = begin + out;
      sum += vec4f(
        dot(delta, weights[w]),
        dot(delta, weights[w + params.outQuads]),
        dot(delta, weights[w + 2u * params.outQuads]),
        dot(delta, weights[w + 3u * params.outQuads]),
      );
    }
    let at = i * params.inQuads + quad;
    before[at] = sum * slope(params.activation, inputs[at]);
  }
}
