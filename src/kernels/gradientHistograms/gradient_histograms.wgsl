// For stretches of rows: how many of them are in each bin of each column, and the sums of their derivatives. Derivatives are whole
// numbers of two words, the low one first, so sums are exact and every adapter finds the same.
//
// x            [row][word]                 bins of four columns
// members      [member]                    rows; stretches are of these
// derivatives  [tree][row][PARTS]          gradient, and hessian where it is not 1 for each row; two's complement
// offsets      [column + 1]                first bin of each column, and behind the last one
// stretches    [stretch][4]                begin and end of its members, its tree, 0
// histograms   [stretch][bin][1 + 2 PARTS] out: members, and the sum of each part; 0 in the first bin of each column
//
// An invocation owns a column of a stretch. It passes over the first bin, which most rows are in where features are mostly zeros:
// whoever knows the sums of all members knows what is in it.
// Grid: stretches x ceil(cols / WORKGROUP). Sizes: PARTS (1 or 2), WORKGROUP.
struct Params {
  rows: u32, // of each tree's derivatives
  words: u32, // of a row of bins
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> members: array<u32>;
@group(0) @binding(3) var<storage, read> derivatives: array<vec2u>;
@group(0) @binding(4) var<storage, read> offsets: array<u32>;
@group(0) @binding(5) var<storage, read> stretches: array<vec4u>;
@group(0) @binding(6) var<storage, read_write> histograms: array<u32>;

const STRIDE = u32(1 + 2 * PARTS);

fn add(at: u32, value: vec2u) {
  let low = histograms[at] + value.x;
  histograms[at] = low;
  histograms[at + 1u] += value.y + u32(low < value.x);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let column = group.y * WORKGROUP + lane;
  if (column >= params.cols) { return; }
  let stretch = stretches[group.x];
  let first = (group.x * offsets[params.cols] + offsets[column]) * STRIDE;
  let end = first + (offsets[column + 1u] - offsets[column]) * STRIDE;
  for (var at = first; at < end; at++) { histograms[at] = 0u; }
  let word = column >> 2u;
  let shift = (column & 3u) * 8u;
  let own = stretch.z * params.rows;
  for (var i = stretch.x; i < stretch.y; i += 4u) {
    // Four at a time: their bins come from memory together.
    let last = stretch.y - 1u;
    let rows = vec4u(members[i], members[min(i + 1u, last)], members[min(i + 2u, last)], members[min(i + 3u, last)]);
    let at = rows * params.words + word;
    let bins = (vec4u(x[at.x], x[at.y], x[at.z], x[at.w]) >> vec4u(shift)) & vec4u(255u);
    for (var k = 0u; k < 4u; k++) {
      if (i + k >= stretch.y || bins[k] == 0u) { continue; }
      let bin = first + bins[k] * STRIDE;
      let derivative = (own + rows[k]) * u32(PARTS);
      histograms[bin] += 1u;
      add(bin + 1u, derivatives[derivative]);
      if (PARTS == 2) { add(bin + 3u, derivatives[derivative + 1u]); }
    }
  }
}
