// Keeps the nearest rows of each row asked of, in order, while distances come by a block of rows at a time.
//
// distances   [row of the block][stride]   of the rows asked of, one beside the other: u32, or f32 from 0 up, whose bits have
//                                          the same order
// nearest     [count][stride]              in/out: a distance and the position of its row, the nearest first; of equal ones the
//                                          one that came first. NONE and NONE where there is none yet
//
// An invocation owns a row asked of. Grid: ceil(asked / WORKGROUP). Sizes: WORKGROUP.
struct Params {
  rows: u32,     // of the block
  first: u32,    // position of its first row
  asked: u32,
  stride: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> distances: array<u32>;
@group(0) @binding(2) var<storage, read_write> nearest: array<vec2u>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.asked) { return; }
  let last = (params.count - 1u) * params.stride + id.x;
  var reach = nearest[last].x;
  for (var row = 0u; row < params.rows; row++) {
    let distance = distances[row * params.stride + id.x];
    if (distance < reach) {
      var at = last;
      while (at >= params.stride) {
        let before = nearest[at - params.stride];
        if (before.x <= distance) { break; }
        nearest[at] = before;
        at -= params.stride;
      }
      nearest[at] = vec2u(distance, params.first + row);
      reach = nearest[last].x;
    }
  }
}
