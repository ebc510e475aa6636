// The leaf of each tree that each row ends in.
//
// x       [row][word]    codes of PER_WORD features: how many of a feature's thresholds are below it
// nodes   [node][3]      feature, code up to which rows go left, left child, behind which the right one stands; of a leaf
//                        0xffffffff, 0, and what is said of it
// roots   [tree]         node where it begins
// leaves  [row][tree]    out: what is said of the leaf
//
// Grid: ceil(rows / WORKGROUP) x trees. Sizes: PER_WORD (1 or 2), WORKGROUP.
struct Params {
  rows: u32,
  words: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> nodes: array<u32>;
@group(0) @binding(3) var<storage, read> roots: array<u32>;
@group(0) @binding(4) var<storage, read_write> leaves: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  var at = roots[id.y] * 3u;
  var feature = nodes[at];
  while (feature != 0xffffffffu) {
    var code = x[row * params.words + feature / PER_WORD];
    if (PER_WORD == 2) { code = (code >> ((feature & 1u) * 16u)) & 0xffffu; }
    at = (nodes[at + 2u] + u32(code > nodes[at + 1u])) * 3u;
    feature = nodes[at];
  }
  leaves[row * grid.y + id.y] = nodes[at + 2u];
}
