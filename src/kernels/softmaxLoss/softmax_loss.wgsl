// Softmax loss of every row under every model at margins + step * direction: residuals by class, and partial sums of the
// change of the loss since the margins and of residuals * direction. A model is CLASSES columns in neighbouring slots.
//
// rows         [rows]                    class code | fold << 24
// row_weights  [rows]                    f32
// columns      [models][CLASSES]         `positive_weight` of a column is the weight of its class
// margins      [slot][row]               f32
// direction    [slot][row]               f32
// residuals    [slot][row]               out: weight * (probability - [row has the class]), 0 for held-out rows
// partials     [models][lane]            out: f32 change, slope
//
// An invocation owns RUN rows of one model, WORKGROUP rows apart, and adds them in order. Everything is taken relative to
// the row's own class, whose terms then vanish: no two large numbers are subtracted.
// Grid: ceil(rows / (WORKGROUP * RUN)) x models. Sizes: CLASSES, WORKGROUP, RUN.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = columns[group.y * CLASSES];
  let base = first.slot * params.stride;
  var sums = vec2f();
  for (var i = 0u; i < RUN; i++) {
    let row = (group.x * RUN + i) * WORKGROUP + lane;
    if (row >= params.rows) { break; }
    let own = rows[row] & 0xffffffu;
    let trained = (rows[row] >> 24u) != first.held_out;
    let weight = select(0.0, row_weights[row] * columns[group.y * CLASSES + own].positive_weight, trained);
    let own_at = base + own * params.stride + row;
    let own_margin = margins[own_at];
    let own_moved = first.step * direction[own_at];

    var largest_origin = 0.0; // of the other classes' scores against the own class, whose score is 0
    var largest_score = 0.0;
    var largest_move = 0.0;
    for (var c = 0u; c < CLASSES; c++) {
      let at = base + c * params.stride + row;
      let origin = margins[at] - own_margin;
      let moved = first.step * direction[at] - own_moved;
      largest_origin = max(largest_origin, origin);
      largest_score = max(largest_score, origin + moved);
      largest_move = max(largest_move, abs(moved));
    }
    var rest_origin = 0.0;  // sum over the other classes of exp(score - largest)
    var rest_score = 0.0;
    var growth = 0.0;       // sum over the other classes of exp(origin - largest) * (exp(moved) - 1)
    for (var c = 0u; c < CLASSES; c++) {
      let at = base + c * params.stride + row;
      if (c == own) { continue; }
      let origin = margins[at] - own_margin;
      let moved = first.step * direction[at] - own_moved;
      let e = exp(origin - largest_origin);
      rest_origin += e;
      rest_score += exp(origin + moved - largest_score);
      growth += e * small_expm1(moved);
    }
    let total = exp(-largest_score) + rest_score;
    let direct = log_total(largest_score, rest_score) - log_total(largest_origin, rest_origin);
    let change = select(direct, log1p(growth / (exp(-largest_origin) + rest_origin)), largest_move <= 0.4);
    var slope = 0.0;
    for (var c = 0u; c < CLASSES; c++) {
      let at = base + c * params.stride + row;
      let origin = margins[at] - own_margin;
      let moved = first.step * direction[at] - own_moved;
      let residual = weight * select(exp(origin + moved - largest_score), -rest_score, c == own) / total;
      residuals[at] = residual;
      slope += residual * direction[at];
    }
    sums += vec2f(weight * change, slope);
  }
  partials[group.y * params.lanes + group.x * WORKGROUP + lane] = sums;
}
