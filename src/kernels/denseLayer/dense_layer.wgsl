// A layer of units: of each row, what each unit makes of its weighted sum of the inputs.
//
// inputs    [row][inQuad]           f32 of four inputs
// weights   [input][outQuad]        f32 of four units; behind the inputs of all quads, a row of constant terms
// outputs   [row][outQuad]          out: from row 0 on; 0 behind the last unit, so that nothing is learned of what is no unit
//
// An invocation has four rows and four units. Grid: ceil(ceil(rows / 4) * outQuads / WORKGROUP). Sizes: WORKGROUP.
struct Params {
  rows: u32,
  firstRow: u32,
  inQuads: u32,
  outQuads: u32,
  units: u32,
  activation: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> outputs: array<vec4f>;

fn made(sum: vec4f, out: u32) -> vec4f {
  return select(vec4f(), activate(params.activation, sum), vec4u(out * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.units));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let out = id.x % params.outQuads;
  let row = id.x / params.outQuads * 4u;
  if (row >= params.rows) { return; }
  // Rows behind the last one are the last one again, and not written.
  let last = params.firstRow + params.rows - 1u;
  let first = params.firstRow + row;
  var at = vec4u(first, min(first + 1u, last), min(first + 2u, last), min(first + 3u, last)) * params.inQuads;
  let constant = weights[params.inQuads * 4u * params.outQuads + out];
  var a = constant;
  var b = constant;
  var c = constant;
  var d = constant;
  var w = out;
  for (var quad = 0u; quad < params.inQuads; quad++) {
    let p = inputs[at.x];
    let q = inputs[at.y];
    let r = inputs[at.z];
    let s = inputs[at.w];
    let w0 = weights[w];
    let w1 = weights[w + params.outQuads];
    let w2 = weights[w + 2u * params.outQuads];
    let w3 = weights[w + 3u * params.outQuads];
    a += p.x * w0 + p.y * w1 + p.z * w2 + p.w * w3;
    b += q.x * w0 + q.y * w1 + q.z * w2 + q.w * w3;
    c += r.x * w0 + r.y * w1 + r.z * w2 + r.w * w3;
    d += s.x * w0 + s.y * w1 + s.z * w2 + s.w * w3;
    at += vec4u(1u);
    w += 4u * params.outQuads;
  }
  let to = row * params.outQuads + out;
  outputs[to] = made(a, out);
  if (row + 1u < params.rows) { outputs[to + params.outQuads] = made(b, out); }
  if (row + 2u < params.rows) { outputs[to + 2u * params.outQuads] = made(c, out); }
  if (row + 3u < params.rows) { outputs[to + 3u * params.outQuads] = made(d, out); }
}
