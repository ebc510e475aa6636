// Logistic loss of every row under every column at margins + step * direction: its residual (derivative by the margin),
// and partial sums of the change of the loss since the margins and of residual * direction (the slope of a line search).
// Rows of the fold that a column holds out count nothing.
//
// rows         [rows]            class code | fold << 8
// row_weights  [rows]            f32
// columns      [columns]
// margins      [slot][row]       f32
// direction    [slot][row]       f32
// residuals    [slot][row]       out: weight * (sigmoid(z) - y), 0 for held-out rows
// partials     [columns][lane]   out: f32 change, slope
//
// An invocation owns RUN rows of one column, WORKGROUP rows apart, and adds them in order; the host adds the lanes in
// float64. Grid: ceil(rows / (WORKGROUP * RUN)) x columns. Sizes: WORKGROUP, RUN.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = columns[group.y];
  let base = column.slot * params.stride;
  var sums = vec2f();
  for (var i = 0u; i < RUN; i++) {
    let row = (group.x * RUN + i) * WORKGROUP + lane;
    if (row >= params.rows) { break; }
    let is_positive = (rows[row] & 255u) == column.positive;
    let trained = (rows[row] >> 8u) != column.held_out;
    let weight = select(0.0, row_weights[row] * select(column.negative_weight, column.positive_weight, is_positive), trained);
    // Towards the class that the row does not have: its loss is softplus(score), its share sigmoid(score).
    let away = select(1.0, -1.0, is_positive);
    let origin = away * margins[base + row];
    let moved = away * column.step * direction[base + row];
    let score = origin + moved;
    let change = select(softplus(score) - softplus(origin), small_change(sigmoid(origin), moved), abs(moved) <= 0.5);
    let residual = weight * away * sigmoid(score);
    residuals[base + row] = residual;
    sums += vec2f(weight * change, residual * direction[base + row]);
  }
  partials[group.y * params.lanes + group.x * WORKGROUP + lane] = sums;
}

fn sigmoid(z: f32) -> f32 {
  let e = exp(-abs(z));
  return select(e, 1.0, z > 0.0) / (1.0 + e);
}
