// The members of nodes of trees, those to the left of a split before those to its right, and what stands on the left.
//
// x        [feature][word]       bins of four rows
// splits   [node]                begin and end of its members, feature, highest bin of the left
// members  [member]              row | class << 24, and its weight; changed in place, each side in the order of before
// held     [member]              room for those of the right
// left     [node][1 + CLASSES]   out: members on the left, their weight by class
//
// An invocation owns a node.
// Grid: ceil(nodes / WORKGROUP). Sizes: CLASSES, WORKGROUP.
struct Params {
  nodes: u32,
  words: u32, // of a feature
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> splits: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> members: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> held: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> left: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let node = id.x;
  if (node >= params.nodes) { return; }
  let split = splits[node];
  let column = split.z * params.words;
  let own = node * (1u + CLASSES);
  for (var c = 0u; c < 1u + CLASSES; c++) { left[own + c] = 0u; }
  var to_left = split.x;
  var to_right = split.x;
  for (var i = split.x; i < split.y; i++) {
    let member = members[i];
    let row = member.x & 0xffffffu;
    let bin = (x[column + (row >> 2u)] >> ((row & 3u) * 8u)) & 255u;
    if (bin <= split.w) {
      left[own + 1u + (member.x >> 24u)] += member.y;
      members[to_left] = member;
      to_left++;
    } else {
      held[to_right] = member;
      to_right++;
    }
  }
  left[own] = to_left - split.x;
  for (var i = split.x; i < to_right; i++) {
    members[to_left] = held[i];
    to_left++;
  }
}
