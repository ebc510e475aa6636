// The center that each row of bytes is nearest to, in whole numbers: of all |x - c|^2 / 2 the part that differs between centers is
// |c|^2 / 2 - x c, so the nearest has the largest x w + bias, where w are steps from a point that all centers share.
//
// x         [tile][word][quad of the tile]  blocks of four features of four rows, bytes
// weights   [set][center][word]             four i16, two a u32
// biases    [set][center]                   i32
// nearest   [set][quad]                     out: the first of the nearest centers of each of four rows; UNSURE is added where another
//                                           is as near for all that rounded weights can tell
//
// Weights and biases are rounded by half at most, so x w + bias is wrong by no more than half the sum of x, and a half.
//
// A load from one address by all lanes costs as many loads as there are lanes on lavapipe: each lane of a subgroup loads the weights
// of another word, and the subgroup hands them round. An invocation owns QUADS quads, so that what came round is used more often.
//
// Grid: ceil(quads / (WORKGROUP * QUADS)) x sets. WORKGROUP is a multiple of the subgroup's lanes: a lane that is not there has nothing
// to hand on. Sizes: MODELS, QUADS, WORKGROUP, TILE_QUADS.
struct Params {
  words: u32,
  quads: u32,     // quads of this chunk
  offset: u32,    // quads before this chunk
  stride: u32,    // quads of all chunks
  centers: u32,   // centers a set
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> weights: array<vec2u>;
@group(0) @binding(3) var<storage, read> biases: array<i32>;
@group(0) @binding(4) var<storage, read_write> nearest: array<vec4u>;

const UNSURE = 0x80000000u;
const LEAST = -0x7fffffffi - 1i;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  let own = group.x * WORKGROUP * QUADS + local;
  let base = group.y * params.centers;
  // Lanes past the end stay to hand weights round; they read the last quad and write nothing.
  var at = array<u32, QUADS>();
  for (var q = 0u; q < QUADS; q++) {
    let quad = min(own + q * WORKGROUP, params.quads - 1u);
    at[q] = quad / TILE_QUADS * params.words * TILE_QUADS + quad % TILE_QUADS;
  }
  var code = array<vec4u, QUADS>();
  var most = array<vec4i, QUADS>();
  var next = array<vec4i, QUADS>(); // the most of the other centers
  var totals = array<vec4i, QUADS>();
  for (var first = 0u; first < params.centers; first += MODELS) {
    var sums = array<array<vec4i, QUADS>, MODELS>();
    var passed = array<vec4i, QUADS>();
    for (var begin = 0u; begin < params.words; begin += lanes) {
      let mine = min(begin + lane, params.words - 1u);
      var steps = array<vec2u, MODELS>();
      // Behind the last center it stands again, and is not looked at.
      for (var m = 0u; m < MODELS; m++) { steps[m] = weights[(base + min(first + m, params.centers - 1u)) * params.words + mine]; }
      let count = min(lanes, params.words - begin);
      for (var word = 0u; word < count; word++) {
        var even = array<vec2i, MODELS>();
        var odd = array<vec2i, MODELS>();
        for (var m = 0u; m < MODELS; m++) {
          let pairs = bitcast<vec2i>(subgroupShuffle(steps[m], word));
          even[m] = (pairs << vec2u(16u)) >> vec2u(16u);
          odd[m] = pairs >> vec2u(16u);
        }
        for (var q = 0u; q < QUADS; q++) {
          let rows = x[at[q] + (begin + word) * TILE_QUADS];
          // Pictures are mostly nothing: a branch that no lane takes costs nothing.
          if (any(rows != vec4u())) {
            let a = vec4i(rows & vec4u(255u));
            let b = vec4i((rows >> vec4u(8u)) & vec4u(255u));
            let c = vec4i((rows >> vec4u(16u)) & vec4u(255u));
            let d = vec4i(rows >> vec4u(24u));
            passed[q] += a + b + c + d;
            for (var m = 0u; m < MODELS; m++) { sums[m][q] += a * even[m].x + b * odd[m].x + c * even[m].y + d * odd[m].y; }
          }
        }
      }
    }
    for (var q = 0u; q < QUADS; q++) { totals[q] = passed[q]; }
    for (var m = 0u; m < MODELS; m++) {
      let center = first + m;
      if (center < params.centers) {
        for (var q = 0u; q < QUADS; q++) {
          let value = sums[m][q] + vec4i(biases[base + center]);
          let closer = (value > most[q]) | vec4<bool>(center == 0u);
          next[q] = select(max(next[q], value), select(most[q], vec4i(LEAST), vec4<bool>(center == 0u)), closer);
          code[q] = select(code[q], vec4u(center), closer);
          most[q] = select(most[q], value, closer);
        }
      }
    }
  }
  for (var q = 0u; q < QUADS; q++) {
    let quad = own + q * WORKGROUP;
    // As u32: the two may be further apart than i32 reaches.
    let unsure = (next[q] != vec4i(LEAST)) & (vec4u(most[q]) - vec4u(next[q]) <= vec4u(totals[q] + 1));
    if (quad < params.quads) { nearest[group.y * params.stride + params.offset + quad] = code[q] + select(vec4u(), vec4u(UNSURE), unsure); }
  }
}
