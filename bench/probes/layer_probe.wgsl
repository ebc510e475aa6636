// What a batch of digits costs a first layer of 100 units at least: each number that it has to read or write, by four to a lane as is
// cheapest here, and each product of a word that is not 0, there and back. Nothing else: all sizes are known to the driver, weights move
// by one multiply-add, there are no losses, scales, or sums of squares, and no rows or units that are missing.
//
// rows      [row][49]               u32 of four pixels, four of them at a time
// deltas    [row][25]               f32 of four units
// weights   [784][25]               in, out
// moments   [2][784][25]            in, out
// sums      [part][row][25]         out
//
// Grid: 2 x 7. Sizes: WORDS (words of a part), PAIR (rows that are looked at together on the way back), HALF (quads of units of a lane).
struct Params {
  behind: u32,
  ahead: u32,
  rate: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4u>;
@group(0) @binding(2) var<storage, read> deltas: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> moments: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec4f>;

const BATCH = 200u;
const QUADS = 25u;
const VECTORS = 49u;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quad = group.x * HALF * 8u + lane;
  let vector = min(group.y * WORDS / 4u + lane, VECTORS - 1u);
  var list = array<array<vec4f, WORDS * 4u>, HALF>();
  for (var row = 0u; row < BATCH; row += PAIR) {
    var words = array<vec4u, PAIR>();
    for (var r = 0u; r < PAIR; r++) { words[r] = rows[(params.behind + row + r) * VECTORS + vector]; }
    var own = array<array<vec4f, HALF>, PAIR>();
    for (var r = 0u; r < PAIR; r++) {
      for (var u = 0u; u < HALF; u++) { own[r][u] = deltas[(row + r) * QUADS + min(quad + u * 8u, QUADS - 1u)]; }
    }
    for (var i = 0u; i < WORDS; i++) {
      var word = array<u32, PAIR>();
      var any = 0u;
      for (var r = 0u; r < PAIR; r++) {
        word[r] = subgroupBroadcast(words[r][i % 4u], i / 4u);
        any |= word[r];
      }
      if (any != 0u) {
        for (var k = 0u; k < FOUR; k++) {
          var pixel = array<f32, PAIR>();
          for (var r = 0u; r < PAIR; r++) { pixel[r] = f32((word[r] >> (8u * k)) & 0xffu); }
          for (var u = 0u; u < HALF; u++) {
            var sum = list[u][i * 4u + k];
            for (var r = 0u; r < PAIR; r++) { sum += pixel[r] * own[r][u]; }
            list[u][i * 4u + k] = sum;
          }
        }
      }
    }
  }
  for (var i = 0u; i < WORDS * 4u; i++) {
    for (var u = 0u; u < HALF; u++) {
      if (quad + u * 8u < QUADS) {
        let at = (group.y * WORDS * 4u + i) * QUADS + quad + u * 8u;
        let weight = weights[at] - params.rate * (list[u][i] + moments[at] + moments[784u * QUADS + at]);
        moments[at] = list[u][i];
        moments[784u * QUADS + at] = weight;
        weights[at] = weight;
        list[u][i] = weight;
      }
    }
  }
  for (var row = 0u; row < BATCH; row++) {
    let words = rows[(params.ahead + row) * VECTORS + vector];
    var made = array<vec4f, HALF>();
    for (var i = 0u; i < WORDS; i++) {
      let word = subgroupBroadcast(words[i % 4u], i / 4u);
      if (word != 0u) {
        for (var k = 0u; k < FOUR; k++) {
          let pixel = f32((word >> (8u * k)) & 0xffu);
          for (var u = 0u; u < HALF; u++) { made[u] += pixel * list[u][i * 4u + k]; }
        }
      }
    }
    for (var u = 0u; u < HALF; u++) {
      if (quad + u * 8u < QUADS) { sums[(group.y * BATCH + row) * QUADS + quad + u * 8u] = made[u]; }
    }
  }
}
