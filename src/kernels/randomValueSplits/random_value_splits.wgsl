// One split of each node of trees of values by each of some features, at a place drawn between its least and its greatest value. All
// sums are of whole numbers, so every adapter finds the same.
//
// x, members, targets, nodes         as in value_splits.wgsl
// features   [node][slot][2]         feature, and what is drawn: 0 for its least value, 2^32 for its greatest
// positions  [feature][bin]          where the value of a bin stands, ascending
// splits     [node][slot][2 + 2 OUTPUTS] out: as value_splits.wgsl, but upper is the greatest bin, and the least stands at bit 24
//
// An invocation owns one feature of every grid.x-th node.
// Grid: workers x ceil(slots / WORKGROUP). Sizes: OUTPUTS, WORKGROUP.
struct Params {
  nodes: u32,
  slots: u32,
  words: u32, // of a feature
  least: u32, // members on each side
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> members: array<vec2u>;
@group(0) @binding(3) var<storage, read> targets: array<u32>;
@group(0) @binding(4) var<storage, read> nodes: array<u32>;
@group(0) @binding(5) var<storage, read> features: array<vec2u>;
@group(0) @binding(6) var<storage, read> positions: array<u32>;
@group(0) @binding(7) var<storage, read_write> splits: array<u32>;

const BINS = 256u;
const STRIDE = u32(2 + 2 * OUTPUTS);

fn bin_of(row: u32, column: u32) -> u32 {
  return (x[column + (row >> 2u)] >> ((row & 3u) * 8u)) & 255u;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let slot = group.y * WORKGROUP + lane;
  if (slot >= params.slots) { return; }
  for (var node = group.x; node < params.nodes; node += grid.x) {
    let record = node * (3u + 2u * OUTPUTS);
    let begin = nodes[record];
    let end = nodes[record + 1u];
    let at = node * params.slots + slot;
    let drawn = features[at];
    let column = drawn.x * params.words;
    var low = 255u;
    var high = 0u;
    var alike = true;
    let known = targets[members[begin].x * STRIDE];
    for (var i = begin; i < end; i++) {
      let row = members[i].x;
      let bin = bin_of(row, column);
      low = min(low, bin);
      high = max(high, bin);
      alike = alike && targets[row * STRIDE] == known;
    }
    // The last bin at or before the place drawn, below the greatest.
    let base = drawn.x * BINS;
    let place = positions[base + low] + multiply(drawn.y, positions[base + high] - positions[base + low]).y;
    var cut = low;
    var above = high;
    while (above > cut + 1u) {
      let middle = (cut + above) >> 1u;
      if (positions[base + middle] <= place) { cut = middle; } else { above = middle; }
    }
    var rows = 0u;
    var weight = 0u;
    var sums = array<vec2u, OUTPUTS>();
    if (high > low && !alike) {
      for (var i = begin; i < end; i++) {
        let member = members[i];
        if (bin_of(member.x, column) > cut) {
          let own = member.x * STRIDE;
          rows++;
          weight += member.y * targets[own + 1u];
          for (var o = 0u; o < OUTPUTS; o++) {
            sums[o] = add(sums[o], times(vec2u(targets[own + 2u + 2u * o], targets[own + 3u + 2u * o]), member.y).xy);
          }
        }
      }
    }
    let fits = high > low && !alike && rows >= params.least && end - begin - rows >= params.least;
    let out = at * STRIDE;
    splits[out] = select(0u, cut | (high << 8u) | (low << 24u), fits) | (u32(high > low) << 16u) | (u32(alike) << 17u);
    splits[out + 1u] = select(0u, weight, fits);
    for (var o = 0u; o < OUTPUTS; o++) {
      splits[out + 2u + 2u * o] = select(0u, sums[o].x, fits);
      splits[out + 3u + 2u * o] = select(0u, sums[o].y, fits);
    }
  }
}
