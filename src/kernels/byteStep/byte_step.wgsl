// A layer of units whose inputs are bytes, of which many are 0: a step of its weights by the gradient of the rows behind, then its sums of
// the rows ahead, in one go, since both go over all weights.
//
// bytes     [row][stride]           u32 of four inputs, four of them at a time; 0 behind the last input
// scaling   [3][stride * 16]        f32: factors are the last third; what is subtracted from bytes before is 0
// deltas    [row][unit]             how the loss of a row behind changes with the sum of a unit; row 0 is the first of them
// weights   [input][unit]           in, out: f32; behind all inputs, those of constant terms
// moments   [2][input][unit]        in, out: as in moved.wgsl
// sums      [part][row][unit]       out: of the rows ahead, over the WORDS words of a part, without constant terms
// squares   [workgroup]             out, from squaresAt on: sum of the squares of the weights before the step, without constant terms
//
// Grid: ceil(outQuads / (ACROSS * WORKGROUP)) x ceil(inQuads / WORDS). A workgroup is a subgroup. No row behind: no step.
// Sizes: WORDS (of four, at most 4 * WORKGROUP), FOUR (4), ACROSS, ROWS, SOLVER (as in moved.wgsl), WORKGROUP (lanes of a subgroup; 8 where
// it pays).
//
// All lanes of a subgroup look at the same rows, and branch over those of their words that are 0. Each lane has ACROSS quads of units of
// its own: a load of four numbers by each lane takes little more than that of one. The numbers of a unit are kept in a list for all rows,
// first those of the gradient, then the weights. It is written by an index that is not known beforehand, so it stays in memory, of which
// every other access is the load or store of a whole vector; a store takes four times as long as a product, so that the gradient takes ROWS
// rows at a time. A list for each unit of a lane, since the driver looks at all pairs of accesses to one.
struct Params {
  behind: u32,
  firstBehind: u32,
  ahead: u32,
  firstAhead: u32,
  inQuads: u32,
  outQuads: u32,
  stride: u32,
  squaresAt: u32,
  alpha: f32,
  weightSum: f32,
  rate: f32,
  first: f32,
  second: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> bytes: array<vec4u>;
@group(0) @binding(2) var<storage, read> scaling: array<f32>;
@group(0) @binding(3) var<storage, read> deltas: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> moments: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> squares: array<f32>;

// Sixteen features of a row, of which each lane has some; 0 behind the last ones.
fn words_of(row: u32, part: u32, lane: u32) -> vec4u {
  let at = part * WORDS / 4u + lane;
  return select(vec4u(), bytes[row * params.stride + min(at, params.stride - 1u)], at < params.stride);
}

fn features_of(word: u32) -> vec4f { return vec4f((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu)); }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quads = params.outQuads;
  let first = group.x * ACROSS * WORKGROUP + lane;
  let inputs = params.inQuads * 4u;
  let firstInput = group.y * WORDS * 4u;
  // Of WORDS words of inputs, four each, and of constant terms, numbers of each unit.
  var kept = array<array<array<f32, WORDS * 4u + 1u>, FOUR>, ACROSS>();
  for (var row = 0u; row < params.behind; row += ROWS) {
    var words = array<vec4u, ROWS>();
    var own = array<array<vec4f, ACROSS>, ROWS>();
    for (var r = 0u; r < ROWS; r++) {
      if (row + r < params.behind) {
        words[r] = words_of(params.firstBehind + row + r, group.y, lane);
        for (var u = 0u; u < ACROSS; u++) { own[r][u] = deltas[(row + r) * quads + min(first + u * WORKGROUP, quads - 1u)]; }
      }
    }
    for (var u = 0u; u < ACROSS; u++) {
      for (var r = 0u; r < ROWS; r++) {
        for (var c = 0u; c < FOUR; c++) { kept[u][c][WORDS * 4u] += own[r][u][c]; }
      }
    }
    for (var i = 0u; i < WORDS; i++) {
      var word = array<u32, ROWS>();
      var any = 0u;
      for (var r = 0u; r < ROWS; r++) {
        word[r] = subgroupBroadcast(words[r][i % 4u], i / 4u);
        any |= word[r];
      }
      if (any != 0u) {
        var features = array<vec4f, ROWS>();
        for (var r = 0u; r < ROWS; r++) { features[r] = features_of(word[r]); }
        for (var k = 0u; k < FOUR; k++) {
          for (var u = 0u; u < ACROSS; u++) {
            for (var c = 0u; c < FOUR; c++) {
              var sum = kept[u][c][i * 4u + k];
              for (var r = 0u; r < ROWS; r++) { sum = fma(features[r][k], own[r][u][c], sum); }
              kept[u][c][i * 4u + k] = sum;
            }
          }
        }
      }
    }
  }
  var square = 0.0;
  for (var i = 0u; i <= WORDS * 4u; i++) {
    let is_weight = i < WORDS * 4u;
    let input = select(inputs, firstInput + i, is_weight);
    if (select(group.y == 0u && params.behind > 0u, input < inputs, is_weight)) {
      let factor = select(1.0, scaling[params.stride * 32u + min(input, inputs - 1u)], is_weight);
      for (var u = 0u; u < ACROSS; u++) {
        let quad = first + u * WORKGROUP;
        if (quad < quads) {
          let at = input * quads + quad;
          var weight = weights[at];
          if (params.behind > 0u) {
            let penalized = select(vec4f(), weight, is_weight);
            square += dot(penalized, penalized);
            let sum = params.alpha * penalized + vec4f(kept[u][0u][i], kept[u][1u][i], kept[u][2u][i], kept[u][3u][i]) * factor;
            weight = moved(SOLVER, (inputs + 1u) * quads, at, weight, sum / params.weightSum);
            weights[at] = weight;
          }
          for (var c = 0u; c < FOUR; c++) { kept[u][c][i] = weight[c] * factor; }
        }
      }
    }
  }
  square = over_lanes(square);
  if (lane == 0u && params.behind > 0u) { squares[params.squaresAt + group.y * groups.x + group.x] = square; }
  for (var row = 0u; row < params.ahead; row++) {
    let words = words_of(params.firstAhead + row, group.y, lane);
    var made = array<vec4f, ACROSS>();
    for (var i = 0u; i < WORDS; i++) {
      let word = subgroupBroadcast(words[i % 4u], i / 4u);
      if (word != 0u) {
        let features = features_of(word);
        for (var k = 0u; k < FOUR; k++) {
          for (var u = 0u; u < ACROSS; u++) {
            for (var c = 0u; c < FOUR; c++) { made[u][c] = fma(features[k], kept[u][c][i * 4u + k], made[u][c]); }
          }
        }
      }
    }
    for (var u = 0u; u < ACROSS; u++) {
      let quad = first + u * WORKGROUP;
      if (quad < quads) { sums[(group.y * params.ahead + row) * quads + quad] = made[u]; }
    }
  }
}
