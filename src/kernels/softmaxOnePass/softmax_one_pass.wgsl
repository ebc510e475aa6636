// Margins, softmax loss and gradient of models of CLASSES columns in one pass over rows of bytes, for processors: what
// margins.wgsl, softmax_loss.wgsl and gradient.wgsl do one after the other. All margins of four rows stand in registers when their
// loss is made, and their features are still in the first cache when they are added up by it. As one_pass.wgsl, which says why
// lists stand on the stack and blocks of words are branched over.
//
// x            [tile][word][quad of the tile]  bytes: blocks of four features of four rows
// rows         [rows]                          class code | fold << 24
// row_weights  [rows]                          f32
// columns      [models][CLASSES]               neighbouring slots; margins += step * direction as it was; the loss is at margins + trial * x weights
// weights      [model][word][CLASSES]          f32 of four features
// order        [BLOCKS][lane]                  the word that a lane has of a block, NONE for none
// margins      [slot][row]                     f32, in/out
// direction    [slot][row]                     f32, in; out: x weights
// residuals    [slot][row]                     out: weight * (probability - [row has the class]), 0 for held-out rows
// losses       [model][tile][row of a quad]    out: f32 change, slope
// partials     [block][columns][word]          out: f32 of four features
// filled       [quad]                          which blocks are not all 0, a bit each: written where `known` is 0, else those
//                                              that are 0 are branched over
//
// A workgroup is a subgroup. Grid: models x blocks. Sizes: CLASSES, VECTORS (of lanes, of four rows of a class each, that hold all
// classes), BLOCKS (up to 32), FOUR (4), TILE_QUADS, RUN, WORKGROUP (4 or 8).
struct Params {
  words: u32,
  quads: u32,       // quads of this chunk
  offset: u32,      // quads before this chunk
  stride: u32,      // quads of all chunks
  rows: u32,        // of all chunks
  block: u32,       // blocks before this chunk
  tiles: u32,       // tiles a block
  known: u32,       // whether `filled` is
  columns: u32,     // of all models
  all_tiles: u32,   // of all chunks
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read> row_weights: array<f32>;
@group(0) @binding(4) var<storage, read> columns: array<WeightColumn>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<storage, read> order: array<u32>;
@group(0) @binding(7) var<storage, read_write> margins: array<f32>;
@group(0) @binding(8) var<storage, read_write> direction: array<f32>;
@group(0) @binding(9) var<storage, read_write> residuals: array<f32>;
@group(0) @binding(10) var<storage, read_write> losses: array<vec2f>;
@group(0) @binding(11) var<storage, read_write> partials: array<f32>;
@group(0) @binding(12) var<storage, read_write> filled: array<u32>;

// Of each block, class and feature of a word.
alias Kept = array<f32, BLOCKS * CLASSES * 4u>;
// Classes whose four rows of a quad stand in one vector of lanes.
const EACH = WORKGROUP / 4u;

// Sums over all lanes, in every lane.
fn total(own: vec4f, lane: u32) -> vec4f {
  var sum = own;
  for (var apart = 1u; apart < WORKGROUP; apart *= 2u) { sum += subgroupShuffle(sum, lane ^ apart); }
  return sum;
}

// Sums and largest over the lanes that have the same row.
fn over_classes(own: vec3f, lane: u32) -> vec3f {
  var sum = own;
  for (var apart = 4u; apart < WORKGROUP; apart *= 2u) { sum += subgroupShuffle(sum, lane ^ apart); }
  return sum;
}

fn largest_of_classes(own: vec3f, lane: u32) -> vec3f {
  var largest = own;
  for (var apart = 4u; apart < WORKGROUP; apart *= 2u) { largest = max(largest, subgroupShuffle(largest, lane ^ apart)); }
  return largest;
}

fn of_row(four: vec4f, lane: u32) -> f32 {
  return select(select(four.x, four.y, (lane & 1u) == 1u), select(four.z, four.w, (lane & 1u) == 1u), (lane & 2u) == 2u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let vector = lane / 4u;
  let first = group.x * CLASSES;
  let block = group.y;
  var kept: Kept;
  var sums: Kept;
  for (var at = 0u; at < BLOCKS * WORKGROUP; at += WORKGROUP) {
    let word = order[at + lane];
    let own = (first * params.words + min(word, params.words - 1u) * CLASSES) * 4u;
    for (var i = 0u; i < CLASSES * 4u; i++) { kept[at / WORKGROUP * CLASSES * 4u + i] = select(0.0, weights[own + i], word < params.words); }
  }
  var places = array<u32, BLOCKS>();
  for (var b = 0u; b < BLOCKS; b++) { places[b] = min(order[b * WORKGROUP + lane], params.words - 1u) * TILE_QUADS; }
  let model = columns[first];

  let begin = block * params.tiles * TILE_QUADS;
  let end = min(begin + params.tiles * TILE_QUADS, params.quads);
  for (var run = begin; run < end; run += RUN * TILE_QUADS) {
    for (var i = 0u; i < BLOCKS * CLASSES * 4u; i++) { sums[i] = 0.0; } // of RUN tiles: short f32 runs
    for (var tile = run; tile < min(run + RUN * TILE_QUADS, end); tile += TILE_QUADS) {
      var changes = vec2f();
      let before = params.offset + tile;
      let count = min(TILE_QUADS, (params.rows + 3u) / 4u - min(before, (params.rows + 3u) / 4u));
      for (var q = 0u; q < count; q++) {
        var seen = 0xffffffffu;
        if (params.known != 0u) { seen = filled[before + q]; }
        let at = tile * params.words + q;
        var bytes = array<vec4u, BLOCKS>();
        var products = array<vec4f, CLASSES>();
        for (var b = 0u; b < BLOCKS; b++) {
          if ((seen & (1u << b)) != 0u) {
            bytes[b] = x[at + places[b]];
            var features = array<vec4f, FOUR>();
            for (var k = 0u; k < FOUR; k++) { features[k] = vec4f((bytes[b] >> vec4u(8u * k)) & vec4u(255u)); }
            for (var c = 0u; c < CLASSES; c++) {
              var sum = features[0u] * kept[(b * CLASSES + c) * 4u];
              sum += features[1u] * kept[(b * CLASSES + c) * 4u + 1u];
              sum += features[2u] * kept[(b * CLASSES + c) * 4u + 2u];
              sum += features[3u] * kept[(b * CLASSES + c) * 4u + 3u];
              products[c] += sum;
            }
          }
        }
        if (params.known == 0u) {
          var some = 0u;
          for (var b = 0u; b < BLOCKS; b++) { some |= select(0u, 1u << b, order[b * WORKGROUP + lane] < params.words && any(bytes[b] != vec4u())); }
          filled[before + q] = subgroupOr(some);
        }
        for (var c = 0u; c < CLASSES; c++) { products[c] = total(products[c], lane); }

        // A lane has one row, and every EACH-th class. Everything is taken relative to the row's own class, as in softmax_loss.wgsl.
        let row = (before + q) * 4u + lane % 4u;
        let here = row < params.rows;
        let place = min(row, params.rows - 1u);
        let code = rows[place] & 0xffffffu;
        let trained = here && (rows[place] >> 24u) != model.held_out;
        let weight = select(0.0, row_weights[place] * columns[first + code].positive_weight, trained);
        var origins = array<f32, VECTORS>();
        var moves = array<f32, VECTORS>();
        var own = vec3f(); // margin and move of the row's class
        for (var v = 0u; v < VECTORS; v++) {
          let c = v * EACH + vector;
          moves[v] = select(of_row(products[v * EACH], lane), of_row(products[min(v * EACH + 1u, CLASSES - 1u)], lane), vector == 1u);
          let slot = (model.slot + min(c, CLASSES - 1u)) * params.stride * 4u + place;
          origins[v] = margins[slot] + model.step * direction[slot];
          if (here && c < CLASSES) {
            margins[slot] = origins[v];
            direction[slot] = moves[v];
          }
          own += select(vec3f(), vec3f(origins[v], moves[v], 0.0), c == code);
        }
        own = over_classes(own, lane);
        var largest = vec3f(); // of the other classes: origin, score, size of the move
        for (var v = 0u; v < VECTORS; v++) {
          let origin = origins[v] - own.x;
          let moved = model.trial * moves[v] - model.trial * own.y;
          largest = max(largest, select(vec3f(), vec3f(origin, origin + moved, abs(moved)), v * EACH + vector < CLASSES));
        }
        largest = largest_of_classes(largest, lane);
        var scores = array<f32, VECTORS>();
        var rest = vec3f(); // sums over the other classes: of exp(origin - largest), of exp(score - largest), growth
        for (var v = 0u; v < VECTORS; v++) {
          let c = v * EACH + vector;
          let origin = origins[v] - own.x;
          let moved = model.trial * moves[v] - model.trial * own.y;
          let e = exp(origin - largest.x);
          scores[v] = exp(origin + moved - largest.y);
          rest += select(vec3f(), vec3f(e, scores[v], e * small_expm1(moved)), c != code && c < CLASSES);
        }
        rest = over_classes(rest, lane);
        let all = exp(-largest.y) + rest.y;
        let direct = log_total(largest.y, rest.y) - log_total(largest.x, rest.x);
        let change = select(direct, log1p(rest.z / (exp(-largest.x) + rest.x)), largest.z <= 0.4);
        var slopes = array<f32, VECTORS>();
        for (var v = 0u; v < VECTORS; v++) {
          let c = v * EACH + vector;
          let residual = weight * select(scores[v], -rest.y, c == code) / all;
          slopes[v] = select(0.0, residual, c < CLASSES && weight != 0.0);
          changes.y += slopes[v] * moves[v];
          if (here && c < CLASSES) { residuals[(model.slot + c) * params.stride * 4u + place] = slopes[v]; }
        }
        changes.x += select(0.0, weight * change, weight != 0.0);

        var shares = array<vec4f, CLASSES>(); // the residuals of a class, in every lane
        for (var c = 0u; c < CLASSES; c++) {
          let one = slopes[c / EACH];
          let head = c % EACH * 4u;
          shares[c] = vec4f(subgroupShuffle(one, head), subgroupShuffle(one, head + 1u), subgroupShuffle(one, head + 2u), subgroupShuffle(one, head + 3u));
        }
        for (var b = 0u; b < BLOCKS; b++) {
          if ((seen & (1u << b)) != 0u) {
            var features = array<vec4f, FOUR>();
            for (var k = 0u; k < FOUR; k++) { features[k] = vec4f((bytes[b] >> vec4u(8u * k)) & vec4u(255u)); }
            for (var c = 0u; c < CLASSES; c++) {
              for (var k = 0u; k < FOUR; k++) {
                let each = features[k] * shares[c];
                sums[(b * CLASSES + c) * 4u + k] += each.x + each.y + each.z + each.w;
              }
            }
          }
        }
      }
      let slope = over_classes(vec3f(changes.y, 0.0, 0.0), lane).x;
      if (vector == 0u) { losses[(group.x * params.all_tiles + before / TILE_QUADS) * 4u + lane] = vec2f(changes.x, slope); }
    }
    for (var at = 0u; at < BLOCKS * WORKGROUP; at += WORKGROUP) {
      let word = order[at + lane];
      for (var i = 0u; i < CLASSES * 4u; i++) {
        let place = (((params.block + block) * params.columns + first + i / 4u) * params.words + word) * 4u + i % 4u;
        let sum = sums[at / WORKGROUP * CLASSES * 4u + i];
        if (word < params.words) { partials[place] = select(partials[place] + sum, sum, run == begin); }
      }
    }
  }
}
