// What products of the digits with some columns of weights, there and back, cost a processor at least: each block of pixels that is not
// all 0 is loaded, made numbers and multiplied; margins and directions are read and written; what comes back is read once they are
// known. Nothing else: all sizes are known to the driver, there is no loss, no fold, no weight of a row and no row or column missing.
// One column keeps the bytes of a quad until it is multiplied the other way; more are done by parts of the pixels, twice loaded, as the
// code of all of them would not fit the first cache.
//
// x           [tile][word][quad of the tile]   as tilesOnDevice brings it
// order       [block][lane]                    the word that a lane has of a block
// filled      [quad]                           which blocks are not all 0
// weights     [group][block][feature][MODELS][lane]
// margins     [group][vector][quad][lane]      in, out; so direction
// sums        [range of quads][group][block][feature][MODELS][lane]
//
// Grid: groups x ranges. Sizes: MODELS, VECTORS (of eight lanes, of two models each), PARTS, PART (blocks), KEPT (blocks whose bytes are
// kept: those of all where there is one part), FOUR, RANGE (quads).
struct Params {
  quads: u32,
  groups: u32,
  rate: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> filled: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> margins: array<f32>;
@group(0) @binding(6) var<storage, read_write> direction: array<f32>;
@group(0) @binding(7) var<storage, read_write> sums: array<f32>;

const WORDS = 197u;
const TILE = 128u;
const LIST = PART * 4u * MODELS;

fn pixels(bytes: vec4u, k: u32) -> vec4f {
  return vec4f((bytes >> vec4u(8u * k)) & vec4u(255u));
}

// Four rows of two models, added up over the lanes.
fn joined(a: vec4f, b: vec4f, lane: u32) -> f32 {
  let four = select(a, b, lane > 3u) + subgroupShuffle(select(b, a, lane > 3u), lane ^ 4u);
  let pair = select(four.xy, four.zw, (lane & 2u) > 0u) + subgroupShuffle(select(four.zw, four.xy, (lane & 2u) > 0u), lane ^ 2u);
  return select(pair.x, pair.y, (lane & 1u) > 0u) + subgroupShuffle(select(pair.y, pair.x, (lane & 1u) > 0u), lane ^ 1u);
}

fn four_of(rows: f32) -> vec4f {
  return vec4f(subgroupBroadcast(rows, 0u), subgroupBroadcast(rows, 1u), subgroupBroadcast(rows, 2u), subgroupBroadcast(rows, 3u));
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  var factors: array<f32, LIST>;
  var list: array<f32, LIST>;
  let begin = group.y * RANGE;
  let end = min(begin + RANGE, params.quads);
  for (var part = 0u; part < PARTS; part++) {
    for (var i = 0u; i < LIST; i++) {
      factors[i] = weights[((group.x * PARTS + part) * LIST + i) * 8u + lane];
      list[i] = 0.0;
    }
    var places = array<u32, PART>();
    for (var b = 0u; b < PART; b++) { places[b] = order[(part * PART + b) * 8u + lane] * TILE; }
    for (var quad = begin; quad < end; quad++) {
      let seen = filled[quad] >> (part * PART);
      let at = (quad - quad % TILE) * WORDS + quad % TILE;
      var made = array<vec4f, MODELS>();
      var bytes = array<vec4u, PART>();
      for (var b = 0u; b < PART; b++) {
        if ((seen & (1u << b)) != 0u) {
          let block = x[at + places[b]];
          bytes[b] = block;
          var values = array<vec4f, FOUR>();
          for (var k = 0u; k < FOUR; k++) { values[k] = pixels(block, k); }
          for (var m = 0u; m < MODELS; m++) {
            for (var k = 0u; k < FOUR; k++) { made[m] += values[k] * factors[(b * 4u + k) * MODELS + m]; }
          }
        }
      }
      for (var v = 0u; v < VECTORS; v++) {
        let place = ((group.x * VECTORS + v) * params.quads + quad) * 8u + lane;
        var moves = joined(made[v * 2u], made[min(v * 2u + 1u, MODELS - 1u)], lane);
        if (part == 0u) { margins[place] += direction[place]; } else { moves += direction[place]; }
        direction[place] = moves;
        if (KEPT > 0u) {
          let share = four_of(moves * params.rate);
          for (var b = 0u; b < KEPT; b++) {
            if ((seen & (1u << b)) != 0u) {
              for (var k = 0u; k < FOUR; k++) {
                let each = pixels(bytes[b], k) * share;
                list[b * 4u + k] += each.x + each.y + each.z + each.w;
              }
            }
          }
        }
      }
    }
    if (KEPT > 0u) {
      for (var i = 0u; i < LIST; i++) { sums[((group.y * PARTS + part) * LIST + i) * 8u + lane] = list[i]; }
    }
  }
  if (KEPT == 0u) {
    for (var part = 0u; part < PARTS; part++) {
      var places = array<u32, PART>();
      for (var b = 0u; b < PART; b++) { places[b] = order[(part * PART + b) * 8u + lane] * TILE; }
      for (var i = 0u; i < LIST; i++) { list[i] = 0.0; }
      for (var quad = begin; quad < end; quad++) {
        let seen = filled[quad] >> (part * PART);
        let at = (quad - quad % TILE) * WORDS + quad % TILE;
        var shares = array<vec4f, MODELS>();
        for (var v = 0u; v < VECTORS; v++) {
          let own = direction[((group.x * VECTORS + v) * params.quads + quad) * 8u + lane] * params.rate;
          shares[v * 2u] = vec4f(subgroupBroadcast(own, 0u), subgroupBroadcast(own, 1u), subgroupBroadcast(own, 2u), subgroupBroadcast(own, 3u));
          shares[min(v * 2u + 1u, MODELS - 1u)] = vec4f(subgroupBroadcast(own, 4u), subgroupBroadcast(own, 5u), subgroupBroadcast(own, 6u), subgroupBroadcast(own, 7u));
        }
        for (var b = 0u; b < PART; b++) {
          if ((seen & (1u << b)) != 0u) {
            let block = x[at + places[b]];
            var values = array<vec4f, FOUR>();
            for (var k = 0u; k < FOUR; k++) { values[k] = pixels(block, k); }
            for (var m = 0u; m < MODELS; m++) {
              for (var k = 0u; k < FOUR; k++) {
                let each = values[k] * shares[m];
                list[(b * 4u + k) * MODELS + m] += each.x + each.y + each.z + each.w;
              }
            }
          }
        }
      }
      for (var i = 0u; i < LIST; i++) { sums[(((group.y * params.groups + group.x) * PARTS + part) * LIST + i) * 8u + lane] = list[i]; }
    }
  }
}
