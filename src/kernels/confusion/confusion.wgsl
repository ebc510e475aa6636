// Counts of right and wrong predictions of every column at margins + step * direction: score > 0 predicts the positive
// class, as scikit-learn does. Rows that the column holds out are counted apart from the rows it was trained on.
//
// rows        [rows]               class code | fold << 8
// columns     [columns]
// margins     [slot][row]          f32
// direction   [slot][row]          f32
// counts      [columns][lane][2]   out: u32 true negative, false positive, false negative, true positive; trained rows, held out
//
// An invocation owns RUN rows of one column, WORKGROUP rows apart. Counts are exact, so their order does not matter.
// Grid: ceil(rows / (WORKGROUP * RUN)) x columns. Sizes: WORKGROUP, RUN.
struct Params {
  rows: u32,
  stride: u32,      // rows a slot
  lanes: u32,       // count pairs a column
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> columns: array<Column>;
@group(0) @binding(3) var<storage, read> margins: array<f32>;
@group(0) @binding(4) var<storage, read> direction: array<f32>;
@group(0) @binding(5) var<storage, read_write> counts: array<vec4u>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let column = columns[group.y];
  let base = column.slot * params.stride;
  var trained = vec4u();
  var held_out = vec4u();
  for (var i = 0u; i < RUN; i++) {
    let row = (group.x * RUN + i) * WORKGROUP + lane;
    if (row >= params.rows) { break; }
    let z = margins[base + row] + column.step * direction[base + row];
    let truth = (rows[row] & 255u) == column.positive;
    let cell = select(0u, 2u, truth) + select(0u, 1u, z > 0.0);
    let one = vec4u(vec4u(0u, 1u, 2u, 3u) == vec4u(cell));
    if ((rows[row] >> 8u) == column.held_out) { held_out += one; } else { trained += one; }
  }
  let at = (group.y * params.lanes + group.x * WORKGROUP + lane) * 2u;
  counts[at] = trained;
  counts[at + 1u] = held_out;
}
