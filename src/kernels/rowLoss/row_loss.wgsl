// Loss of every row under every column at margins + step * direction: its residual (derivative by the margin), and partial
// sums of the change of the loss since the margins and of residual * direction (the slope of a line search). Rows of the fold
// that a column holds out count nothing. Models are one column each; what loss it is, a prelude says:
//
//   fn loss_change(truth: f32, origin: f32, moved: f32) -> f32   loss at origin + moved, less that at origin
//   fn loss_slope(truth: f32, margin: f32) -> f32                derivative by the margin
//
// and another, code.wgsl or value.wgsl, what is true of a row.
//
// rows         [rows]            class code | fold << 24
// row_weights  [rows]            f32
// columns      [columns]
// margins      [slot][row]       f32
// direction    [slot][row]       f32
// residuals    [slot][row]       out: weight * slope, 0 for rows that count nothing
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
    let trained = (rows[row] >> 24u) != column.held_out;
    let weight = select(0.0, row_weights[row] * weight_of(row, column), trained);
    let truth = truth_of(row, column);
    let origin = margins[base + row];
    let moved = column.step * direction[base + row];
    // A loss may be infinite where a row counts nothing.
    let counts = weight != 0.0;
    let residual = select(0.0, weight * loss_slope(truth, origin + moved), counts);
    let change = select(0.0, weight * loss_change(truth, origin, moved), counts);
    residuals[base + row] = residual;
    sums += vec2f(change, residual * direction[base + row]);
  }
  partials[group.y * params.lanes + group.x * WORKGROUP + lane] = sums;
}
