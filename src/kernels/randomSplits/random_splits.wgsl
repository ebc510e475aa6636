// One split of each node of trees by each of some features, at a place drawn between its least and its greatest value. All sums are
// of whole numbers, so every adapter finds the same.
//
// x          [feature][word]    bins of four rows; members ascend, so that neighbours are neighbours in memory
// members    [member]           row | class << 24, and its weight; nodes own stretches of them
// nodes      [node][2 + CLASSES]  begin and end of its members, their weight by class
// features   [node][slot][2]    feature, and what is drawn: 0 for its least value, 2^32 for its greatest
// positions  [feature][bin]     where the value of a bin stands, ascending
// terms      [weight]           as in class_splits.wgsl
// counts     [lane][CLASSES]    weight on the right by class; zeros before and after
// splits     [node][slot][6]    out: as class_splits.wgsl, but upper is the greatest bin, and the least stands at bit 24
//
// An invocation owns one feature of every grid.x-th node.
// Grid: workers x ceil(slots / WORKGROUP). Sizes: CLASSES, ENTROPY (0: gini), WORKGROUP.
struct Params {
  nodes: u32,
  slots: u32,
  words: u32, // of a feature
  least: u32, // members on each side
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> members: array<vec2u>;
@group(0) @binding(3) var<storage, read> nodes: array<u32>;
@group(0) @binding(4) var<storage, read> features: array<vec2u>;
@group(0) @binding(5) var<storage, read> positions: array<u32>;
@group(0) @binding(6) var<storage, read> terms: array<vec2u>;
@group(0) @binding(7) var<storage, read_write> counts: array<u32>;
@group(0) @binding(8) var<storage, read_write> splits: array<u32>;

const BINS = 256u;

fn term(count: u32) -> vec2u {
  if (ENTROPY == 1) { return terms[count]; }
  return multiply(count, count);
}

fn bin_of(member: u32, column: u32) -> u32 {
  let row = member & 0xffffffu;
  return (x[column + (row >> 2u)] >> ((row & 3u) * 8u)) & 255u;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let slot = group.y * WORKGROUP + lane;
  if (slot >= params.slots) { return; }
  let own = ((group.y * grid.x + group.x) * WORKGROUP + lane) * CLASSES;
  for (var node = group.x; node < params.nodes; node += grid.x) {
    let record = node * (2u + CLASSES);
    let begin = nodes[record];
    let end = nodes[record + 1u];
    let at = node * params.slots + slot;
    let drawn = features[at];
    let column = drawn.x * params.words;
    var low = 255u;
    var high = 0u;
    for (var i = begin; i < end; i += 4u) {
      // Four at a time: their features come from memory together.
      let first = bin_of(members[i].x, column);
      let second = bin_of(members[min(i + 1u, end - 1u)].x, column);
      let third = bin_of(members[min(i + 2u, end - 1u)].x, column);
      let fourth = bin_of(members[min(i + 3u, end - 1u)].x, column);
      low = min(low, min(min(first, second), min(third, fourth)));
      high = max(high, max(max(first, second), max(third, fourth)));
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
    if (high > low) {
      for (var i = begin; i < end; i++) {
        let member = members[i];
        if (bin_of(member.x, column) > cut) {
          counts[own + (member.x >> 24u)] += member.y;
          rows++;
        }
      }
    }
    var units = 0u;
    var all = 0u;
    var left = vec2u();
    var right = vec2u();
    for (var c = 0u; c < CLASSES; c++) {
      let whole = nodes[record + 2u + c];
      let count = counts[own + c];
      counts[own + c] = 0u;
      units += count;
      all += whole;
      left = add(left, term(whole - count));
      right = add(right, term(count));
    }
    if (ENTROPY == 1) {
      left = subtract(add(term(units), term(all - units)), add(left, right));
      right = vec2u();
    }
    let fits = high > low && rows >= params.least && end - begin - rows >= params.least;
    splits[at * 6u] = select(0u, cut | (high << 8u) | (low << 24u), fits) | (u32(high > low) << 16u);
    splits[at * 6u + 1u] = select(0u, units, fits);
    splits[at * 6u + 2u] = select(0u, left.x, fits);
    splits[at * 6u + 3u] = select(0u, left.y, fits);
    splits[at * 6u + 4u] = select(0u, right.x, fits);
    splits[at * 6u + 5u] = select(0u, right.y, fits);
  }
}
