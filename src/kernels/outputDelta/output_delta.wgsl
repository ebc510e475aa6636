// The loss of each row, and how it changes with the sums of the last layer.
//
// sums      [row][outQuad]          f32 of four outputs; row 0 is the first of the batch
// targets   [row]                   kind 0: the code of its class. 1: 1 for the second class. [row][output] of kind 2: values
// weights   [row]                   what a row counts
// deltas    [row][outQuad]          out: times the weight of the row; 0 behind the last output
// losses    [row]                   out, from firstRow on: without the weight
//
// Grid: ceil(rows / WORKGROUP). Sizes: WORKGROUP.
struct Params {
  rows: u32,
  firstRow: u32,
  outputs: u32,
  outQuads: u32,
  // 0 several classes, 1 two classes, 2 values
  kind: u32,
}

// No loss of a class is larger: -log(2^-52). `min` would take it for NaN, too, where weights became too large.
const MOST = 36.04365;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<vec4f>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> deltas: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows) { return; }
  let at = id.x * params.outQuads;
  let row = params.firstRow + id.x;
  let weight = weights[row];
  var loss = 0.0;
  if (params.kind == 0u) {
    let code = u32(targets[row]);
    var largest = sums[at][0];
    for (var k = 1u; k < params.outputs; k++) { largest = max(largest, sums[at + k / 4u][k % 4u]); }
    var total = 0.0;
    for (var k = 0u; k < params.outputs; k++) { total += exp(sums[at + k / 4u][k % 4u] - largest); }
    for (var quad = 0u; quad < params.outQuads; quad++) {
      let own = vec4u(quad * 4u) + vec4u(0u, 1u, 2u, 3u);
      let share = exp(sums[at + quad] - largest) / total - select(vec4f(), vec4f(1.0), own == vec4u(code));
      deltas[at + quad] = select(vec4f(), share * weight, own < vec4u(params.outputs));
    }
    loss = log(total) + largest - sums[at + code / 4u][code % 4u];
    loss = select(loss, MOST, loss > MOST);
  } else if (params.kind == 1u) {
    let sum = sums[at][0];
    let is = targets[row];
    deltas[at] = vec4f((1.0 / (1.0 + exp(-sum)) - is) * weight, 0.0, 0.0, 0.0);
    loss = max(sum, 0.0) + log(1.0 + exp(-abs(sum))) - is * sum;
    loss = select(loss, MOST, loss > MOST);
  } else {
    for (var quad = 0u; quad < params.outQuads; quad++) {
      var off = vec4f();
      for (var i = 0u; i < min(4u, params.outputs - quad * 4u); i++) {
        off[i] = sums[at + quad][i] - targets[row * params.outputs + quad * 4u + i];
      }
      deltas[at + quad] = off * weight;
      loss += dot(off, off);
    }
    loss /= 2.0 * f32(params.outputs);
  }
  losses[row] = loss;
}
