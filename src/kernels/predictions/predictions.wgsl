// The predicted class code of every row under every model at margins + step * direction: the first largest score of a
// model of CLASSES columns, as numpy's argmax.
//
// columns      [models][CLASSES]
// margins      [slot][row]       f32
// direction    [slot][row]       f32
// codes        [models][row]     out: u32
//
// An invocation owns one row of one model. Grid: ceil(rows / WORKGROUP) x models. Sizes: CLASSES, WORKGROUP.
struct Params {
  rows: u32,
  stride: u32,      // rows a slot
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> columns: array<Column>;
@group(0) @binding(2) var<storage, read> margins: array<f32>;
@group(0) @binding(3) var<storage, read> direction: array<f32>;
@group(0) @binding(4) var<storage, read_write> codes: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let first = columns[id.y * CLASSES];
  var best = 0u;
  var highest = 0.0;
  for (var c = 0u; c < CLASSES; c++) {
    let at = (first.slot + c) * params.stride + row;
    let score = margins[at] + first.step * direction[at];
    if (c == 0u || score > highest) {
      best = c;
      highest = score;
    }
  }
  codes[id.y * params.rows + row] = best;
}
