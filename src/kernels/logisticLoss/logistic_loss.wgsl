// Logistic loss of every row under every column at margins + step * direction, its residual (derivative by the margin),
// and partial sums of loss, of residual * direction (the slope of a line search) and of residual (the intercept's
// gradient). Rows of the fold that a column holds out count nothing.
//
// rows        [rows]            class code | fold << 8
// columns     [columns]
// margins     [slot][row]       f32
// direction   [slot][row]       f32
// residuals   [slot][row]       out: sigmoid(z) - y, 0 for held-out rows
// partials    [columns][lane]   out: f32 loss, slope, residual sum, 0
//
// An invocation owns RUN rows of one column, WORKGROUP rows apart, and adds them in order; the host adds the lanes in
// float64. Grid: ceil(rows / (WORKGROUP * RUN)) x columns. Sizes: WORKGROUP, RUN.
struct Params {
  rows: u32,
  stride: u32,      // rows a slot
  lanes: u32,       // partials a column
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> columns: array<Column>;
@group(0) @binding(3) var<storage, read> margins: array<f32>;
@group(0) @binding(4) var<storage, read> direction: array<f32>;
@group(0) @binding(5) var<storage, read_write> residuals: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = columns[group.y];
  let base = column.slot * params.stride;
  var sums = vec4f();
  for (var i = 0u; i < RUN; i++) {
    let row = (group.x * RUN + i) * WORKGROUP + lane;
    if (row >= params.rows) { break; }
    let d = direction[base + row];
    let z = margins[base + row] + column.step * d;
    let is_positive = (rows[row] & 255u) == column.positive;
    // e <= 1, so nothing overflows; log(1 + e) loses e below f32's spacing, where e itself is the better answer.
    let e = exp(-abs(z));
    let log1p = select(log(1.0 + e), e * (1.0 - 0.5 * e), e < 1e-3);
    let larger = 1.0 / (1.0 + e);
    let y = select(0.0, 1.0, is_positive);
    // sigmoid(z) - y without cancellation: -sigmoid(-z) for positives, sigmoid(z) for the rest.
    let residual = select(1.0, -1.0, is_positive) * select(e * larger, larger, (z > 0.0) != is_positive);
    let trained = select(1.0, 0.0, (rows[row] >> 8u) == column.held_out);
    residuals[base + row] = trained * residual;
    sums += trained * vec4f(max(z, 0.0) - y * z + log1p, residual * d, residual, 0.0);
  }
  partials[group.y * params.lanes + group.x * WORKGROUP + lane] = sums;
}
