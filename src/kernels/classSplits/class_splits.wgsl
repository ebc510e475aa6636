// The best split of each node of trees by each of some features: left of it the rows whose bin is at most `lower`, right of it those
// from `upper` on, the next bin that the node has. All sums are of whole numbers, so every adapter finds the same.
//
// x         [feature][word]        bins of four rows; members ascend, so that neighbours are neighbours in memory
// members   [member]               row | class << 24, and its weight; nodes own stretches of them
// nodes     [node][2 + CLASSES]    begin and end of its members, their weight by class
// features  [node][slot]           features to look at, where `drawn`; else slot s is feature s
// terms     [weight]               weight * log2(weight) as 32.32 bits, for entropy
// counts    [lane][bin][STRIDE]    weight by class, and members; zeros before and after
// splits    [node][slot][6]        out: lower | upper << 8 | whether there is more than one bin << 16, weight on the right, and
//                                  of gini the sums of squares on the left and on the right, of entropy the bits left to say
//
// An invocation owns one feature of every grid.x-th node. It counts the node's members by bin and class, all but those of bin 0,
// which most members of sparse rows are in, and goes down from the highest bin; what is left at bin 0 needs no count.
// Grid: workers x ceil(slots / WORKGROUP). Sizes: CLASSES, ENTROPY (0: gini), ROWS (1: count members
// too, for `least` on each side), LIGHT (1: every node weighs less than 2^16, so that counts of two classes fit a word, and sums of
// squares another), WORKGROUP.
struct Params {
  nodes: u32,
  slots: u32,
  words: u32, // of a feature
  drawn: u32,
  least: u32,
}

struct Split {
  lower: u32,
  upper: u32, // 0 where there is none
  units: u32, // weight on the right
  left: vec2u,
  right: vec2u,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> members: array<vec2u>;
@group(0) @binding(3) var<storage, read> nodes: array<u32>;
@group(0) @binding(4) var<storage, read> features: array<u32>;
@group(0) @binding(5) var<storage, read> terms: array<vec2u>;
@group(0) @binding(6) var<storage, read_write> counts: array<u32>;
@group(0) @binding(7) var<storage, read_write> splits: array<u32>;

const BINS = 256u;
// Words of a bin.
const WORDS = u32((CLASSES + LIGHT) >> u32(LIGHT));
const STRIDE = WORDS + u32(ROWS);

fn term(count: u32) -> vec2u {
  if (ENTROPY == 1) { return terms[count]; }
  if (LIGHT == 1) { return vec2u(count * count, 0u); }
  return multiply(count, count);
}

fn plus(a: vec2u, b: vec2u) -> vec2u {
  if (LIGHT == 1 && ENTROPY == 0) { return vec2u(a.x + b.x, 0u); }
  return add(a, b);
}

// Whether `a` is at least as good as `b`: of gini left / left weight + right / right weight is as large. f32 tells apart what is
// further apart than it rounds; the rest is cross-multiplied exactly.
fn is_as_good(a: Split, b: Split, units: u32) -> bool {
  if (ENTROPY == 1) { return !less(b.left, a.left); }
  let own = rounded(a.left) / f32(units - a.units) + rounded(a.right) / f32(a.units);
  let other = rounded(b.left) / f32(units - b.units) + rounded(b.right) / f32(b.units);
  if (abs(own - other) > other * 1e-5) { return own > other; }
  let ours = product(sum(times(a.left, a.units), times(a.right, units - a.units)), multiply(b.units, units - b.units));
  let theirs = product(sum(times(b.left, b.units), times(b.right, units - b.units)), multiply(a.units, units - a.units));
  for (var i = 5u; i > 0u; i--) {
    if (ours[i - 1u] != theirs[i - 1u]) { return ours[i - 1u] > theirs[i - 1u]; }
  }
  return true;
}

// `own_lane`: this lane among those that hand members round, `lanes` of them. All of them stay to the end; those past the last slot
// look at that slot again, and write nothing.
fn find_splits(lane: u32, group: vec3u, grid: vec3u, own_lane: u32, lanes: u32) {
  let real = group.y * WORKGROUP + lane < params.slots;
  let slot = min(group.y * WORKGROUP + lane, params.slots - 1u);
  let own = ((group.y * grid.x + group.x) * WORKGROUP + lane) * BINS * STRIDE;
  for (var node = group.x; node < params.nodes; node += grid.x) {
    let record = node * (2u + CLASSES);
    let begin = nodes[record];
    let end = nodes[record + 1u];
    let at = node * params.slots + slot;
    var feature = slot;
    if (params.drawn == 1u) { feature = features[at]; }
    let column = feature * params.words;
    // Bins that are there, a bit each.
    var low = vec4u();
    var high = vec4u();
    for (var i = begin; i < end; i += lanes) {
      let held = members_from(i, own_lane, end);
      for (var j = i; j < min(i + lanes, end); j += 4u) {
        // Four at a time: their features come from memory together.
        let first = member(held, i, j, end);
        let second = member(held, i, j + 1u, end);
        let third = member(held, i, j + 2u, end);
        let fourth = member(held, i, j + 3u, end);
        if (real) {
          let loaded = vec4u(
            x[column + ((first.x & 0xffffffu) >> 2u)],
            x[column + ((second.x & 0xffffffu) >> 2u)],
            x[column + ((third.x & 0xffffffu) >> 2u)],
            x[column + ((fourth.x & 0xffffffu) >> 2u)]);
          let bins = (loaded >> ((vec4u(first.x, second.x, third.x, fourth.x) & vec4u(3u)) * vec4u(8u))) & vec4u(255u);
          let classes = vec4u(first.x, second.x, third.x, fourth.x) >> vec4u(24u);
          let weights = vec4u(first.y, second.y, third.y, fourth.y);
          for (var k = 0u; k < 4u; k++) {
            if (j + k >= end) { break; }
            let bin = bins[k];
            let bit = vec4u(1u << (bin & 31u));
            low |= select(vec4u(), bit, vec4u(bin >> 5u) == vec4u(0u, 1u, 2u, 3u));
            high |= select(vec4u(), bit, vec4u(bin >> 5u) == vec4u(4u, 5u, 6u, 7u));
            if (bin != 0u) {
              counts[own + bin * STRIDE + (classes[k] >> u32(LIGHT))] += weights[k] << ((classes[k] & u32(LIGHT)) * 16u);
              if (ROWS == 1) { counts[own + bin * STRIDE + WORDS] += 1u; }
            }
          }
        }
      }
    }
    var units = 0u;
    var all = array<u32, CLASSES>();
    var used = 0u; // words of a bin that the node's classes are in, modulo 32
    for (var c = 0u; c < CLASSES; c++) {
      all[c] = nodes[record + 2u + c];
      units += all[c];
      used |= u32(all[c] != 0u) << ((c >> u32(LIGHT)) & 31u);
    }
    var right = array<u32, CLASSES>();
    var above = Split(0u, 0u, 0u, vec2u(), vec2u()); // what the bins looked at so far are to the right of
    var above_rows = 0u;
    var best = above;
    for (var w = 8u; w > 0u; w--) {
      var left_bits = select(low, high, w > 4u)[(w - 1u) & 3u];
      while (left_bits != 0u) {
        let bit = firstLeadingBit(left_bits);
        left_bits ^= 1u << bit;
        let bin = (w - 1u) * 32u + bit;
        let fits = ROWS == 0 || (above_rows >= params.least && end - begin - above_rows >= params.least);
        if (above.upper != 0u && fits) {
          above.lower = bin;
          if (best.upper == 0u || is_as_good(above, best, units)) { best = above; }
        }
        if (bin != 0u) {
          above.upper = bin;
          above.left = vec2u();
          above.right = vec2u();
          var word = 0u;
          for (var c = 0u; c < CLASSES; c++) {
            if (((used >> ((c >> u32(LIGHT)) & 31u)) & 1u) != 0u) {
              if (LIGHT == 0 || (c & 1u) == 0u) {
                let place = own + bin * STRIDE + (c >> u32(LIGHT));
                word = counts[place];
                counts[place] = 0u;
              }
              var count = word;
              if (LIGHT == 1) { count = (word >> ((c & 1u) * 16u)) & 0xffffu; }
              right[c] += count;
              above.units += count;
              above.left = plus(above.left, term(all[c] - right[c]));
              above.right = plus(above.right, term(right[c]));
            }
          }
          if (ENTROPY == 1) {
            let sides = add(term(above.units), term(units - above.units));
            above.left = subtract(sides, add(above.left, above.right));
            above.right = vec2u();
          }
          if (ROWS == 1) {
            above_rows += counts[own + bin * STRIDE + WORDS];
            counts[own + bin * STRIDE + WORDS] = 0u;
          }
        }
      }
    }
    let bits = countOneBits(low) + countOneBits(high);
    let varied = u32(bits.x + bits.y + bits.z + bits.w > 1u);
    if (real) {
      splits[at * 6u] = best.lower | (best.upper << 8u) | (varied << 16u);
      splits[at * 6u + 1u] = best.units;
      splits[at * 6u + 2u] = best.left.x;
      splits[at * 6u + 3u] = best.left.y;
      splits[at * 6u + 4u] = best.right.x;
      splits[at * 6u + 5u] = best.right.y;
    }
  }
}
