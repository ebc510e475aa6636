// The best split of each node of trees of values by each of some features: left of it the rows whose bin is at most `lower`, right of it
// those from `upper` on, the next bin that the node has. All sums are of whole numbers, so every adapter finds the same.
//
// x         [feature][word]          bins of four rows; members ascend, so that neighbours are neighbours in memory
// members   [member][2]              row, and how often it was drawn; nodes own stretches of them
// targets   [row][2 + 2 OUTPUTS]     which values it has (equal for equal ones), weight, and weight * value of each output: whole
//                                    numbers of two words, the low one first. All drawn add up to less than 2^52, and weights to less than 2^31
// nodes     [node][3 + 2 OUTPUTS]    begin and end of its members, their weight and their sums
// features  [node][slot]             features to look at, where `drawn`; else slot s is feature s
// counts    [lane][bin][2 + 2 OUTPUTS]  members, weight, sums; zeros before and after
// splits    [node][slot][2 + 2 OUTPUTS] out: lower | upper << 8 | whether there is more than one bin << 16 | whether all members have
//                                    the same values << 17, weight on the right and sums there. Members that have the same are not split
//
// A split is the better the more the squared errors around the means of its sides fall short of those around the mean of the node:
// by the sum over outputs of (sum on the right * weight - sum * weight on the right)^2 / (weight * weight on the left * weight on the
// right). The weight of the node is the same for all of them.
//
// An invocation owns one feature of every grid.x-th node. It counts the node's members by bin, all but those of bin 0, and goes down
// from the highest bin; what is left at bin 0 needs no count.
// Grid: workers x ceil(slots / WORKGROUP). Sizes: OUTPUTS, WORKGROUP.
struct Params {
  nodes: u32,
  slots: u32,
  words: u32, // of a feature
  drawn: u32,
  least: u32, // members on each side
}

struct Split {
  lower: u32,
  upper: u32, // 0 where there is none
  weight: u32, // on the right
  sums: array<vec2u, OUTPUTS>, // on the right
  apart: array<vec3u, OUTPUTS>, // |sum on the right * weight - sum * weight on the right|
  score: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> members: array<vec2u>;
@group(0) @binding(3) var<storage, read> targets: array<u32>;
@group(0) @binding(4) var<storage, read> nodes: array<u32>;
@group(0) @binding(5) var<storage, read> features: array<u32>;
@group(0) @binding(6) var<storage, read_write> counts: array<u32>;
@group(0) @binding(7) var<storage, read_write> splits: array<u32>;

const BINS = 256u;
const STRIDE = u32(2 + 2 * OUTPUTS);

fn difference(a: vec3u, b: vec3u) -> vec3u {
  let low = u32(a.x < b.x);
  let middle = u32(a.y < b.y || (a.y == b.y && low == 1u));
  return vec3u(a.x - b.x, a.y - b.y - low, a.z - b.z - middle);
}

fn is_less(a: vec3u, b: vec3u) -> bool {
  if (a.z != b.z) { return a.z < b.z; }
  return less(a.xy, b.xy);
}

// The sum of squares: at most 2^168 each, so that six words hold it.
fn squares(a: array<vec3u, OUTPUTS>) -> array<u32, 6> {
  var numbers = a;
  var out = array<u32, 6>();
  for (var o = 0u; o < OUTPUTS; o++) {
    let number = numbers[o];
    for (var i = 0u; i < 3u; i++) {
      var carry = 0u;
      for (var j = 0u; j < 3u; j++) {
        let next = add(add(multiply(number[i], number[j]), vec2u(out[i + j], 0u)), vec2u(carry, 0u));
        out[i + j] = next.x;
        carry = next.y;
      }
      for (var k = i + 3u; k < 6u; k++) {
        let next = add(vec2u(out[k], 0u), vec2u(carry, 0u));
        out[k] = next.x;
        carry = next.y;
      }
    }
  }
  return out;
}

fn long_product(a: array<u32, 6>, b: vec2u) -> array<u32, 8> {
  var number = a;
  var out = array<u32, 8>();
  for (var i = 0u; i < 6u; i++) {
    var carry = 0u;
    for (var j = 0u; j < 2u; j++) {
      let next = add(add(multiply(number[i], b[j]), vec2u(out[i + j], 0u)), vec2u(carry, 0u));
      out[i + j] = next.x;
      carry = next.y;
    }
    out[i + 2u] = carry;
  }
  return out;
}

// f32 tells apart what is further apart than it rounds; the rest is cross-multiplied exactly.
fn is_as_good(a: Split, b: Split, weight: u32) -> bool {
  if (abs(a.score - b.score) > max(a.score, b.score) * 1e-5) { return a.score > b.score; }
  var ours = long_product(squares(a.apart), multiply(b.weight, weight - b.weight));
  var theirs = long_product(squares(b.apart), multiply(a.weight, weight - a.weight));
  for (var i = 8u; i > 0u; i--) {
    if (ours[i - 1u] != theirs[i - 1u]) { return ours[i - 1u] > theirs[i - 1u]; }
  }
  return true;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let slot = group.y * WORKGROUP + lane;
  if (slot >= params.slots) { return; }
  let own = ((group.y * grid.x + group.x) * WORKGROUP + lane) * BINS * STRIDE;
  for (var node = group.x; node < params.nodes; node += grid.x) {
    let record = node * (3u + 2u * OUTPUTS);
    let begin = nodes[record];
    let end = nodes[record + 1u];
    let weight = nodes[record + 2u];
    let at = node * params.slots + slot;
    var feature = slot;
    if (params.drawn == 1u) { feature = features[at]; }
    let column = feature * params.words;
    // Bins that are there, a bit each.
    var low = vec4u();
    var high = vec4u();
    var alike = true;
    let known = targets[members[begin].x * STRIDE];
    for (var i = begin; i < end; i++) {
      let member = members[i];
      let bin = (x[column + (member.x >> 2u)] >> ((member.x & 3u) * 8u)) & 255u;
      let bit = vec4u(1u << (bin & 31u));
      low |= select(vec4u(), bit, vec4u(bin >> 5u) == vec4u(0u, 1u, 2u, 3u));
      high |= select(vec4u(), bit, vec4u(bin >> 5u) == vec4u(4u, 5u, 6u, 7u));
      let row = member.x * STRIDE;
      alike = alike && targets[row] == known;
      if (bin != 0u) {
        let place = own + bin * STRIDE;
        counts[place] += 1u;
        counts[place + 1u] += member.y * targets[row + 1u];
        for (var o = 0u; o < OUTPUTS; o++) {
          let value = vec2u(targets[row + 2u + 2u * o], targets[row + 3u + 2u * o]);
          let before = vec2u(counts[place + 2u + 2u * o], counts[place + 3u + 2u * o]);
          let after = add(before, times(value, member.y).xy);
          counts[place + 2u + 2u * o] = after.x;
          counts[place + 3u + 2u * o] = after.y;
        }
      }
    }
    var above = Split(); // what the bins looked at so far are to the right of
    var above_rows = 0u;
    var best = above;
    for (var w = 8u; w > 0u; w--) {
      var left_bits = select(low, high, w > 4u)[(w - 1u) & 3u];
      while (left_bits != 0u) {
        let bit = firstLeadingBit(left_bits);
        left_bits ^= 1u << bit;
        let bin = (w - 1u) * 32u + bit;
        if (above.upper != 0u && above_rows >= params.least && end - begin - above_rows >= params.least) {
          above.lower = bin;
          if (best.upper == 0u || is_as_good(above, best, weight)) { best = above; }
        }
        if (bin != 0u) {
          let place = own + bin * STRIDE;
          above.upper = bin;
          above_rows += counts[place];
          above.weight += counts[place + 1u];
          counts[place] = 0u;
          counts[place + 1u] = 0u;
          above.score = 0.0;
          for (var o = 0u; o < OUTPUTS; o++) {
            let there = place + 2u + 2u * o;
            above.sums[o] = add(above.sums[o], vec2u(counts[there], counts[there + 1u]));
            counts[there] = 0u;
            counts[there + 1u] = 0u;
            let whole = vec2u(nodes[record + 3u + 2u * o], nodes[record + 4u + 2u * o]);
            let ours = times(above.sums[o], weight);
            let due = times(whole, above.weight);
            let far = select(difference(ours, due), difference(due, ours), is_less(ours, due));
            above.apart[o] = far;
            // By 2^42 less, so that f32 holds its square.
            let size = f32(far.z) * 4194304.0 + f32(far.y) * 0.0009765625 + f32(far.x) * 2.2737367544323206e-13;
            above.score += size * size;
          }
          above.score = above.score / f32(above.weight) / f32(weight - above.weight);
        }
      }
    }
    let bits = countOneBits(low) + countOneBits(high);
    let varied = u32(bits.x + bits.y + bits.z + bits.w > 1u);
    if (alike) { best = Split(); }
    let out = at * STRIDE;
    splits[out] = best.lower | (best.upper << 8u) | (varied << 16u) | (u32(alike) << 17u);
    splits[out + 1u] = best.weight;
    for (var o = 0u; o < OUTPUTS; o++) {
      splits[out + 2u + 2u * o] = best.sums[o].x;
      splits[out + 3u + 2u * o] = best.sums[o].y;
    }
  }
}
