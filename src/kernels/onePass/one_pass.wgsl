// Margins, loss and gradient of groups of up to eight columns in one pass over rows of bytes, for processors: there the loads of x
// take most of the time, and are made once for many products. What margins.wgsl, row_loss.wgsl and gradient.wgsl do one after the
// other; what loss it is, preludes say as they do for row_loss.wgsl.
//
// x            [tile][word][quad of the tile]  bytes: blocks of four features of four rows
// rows         [rows]                          class code | fold << 24
// row_weights  [rows]                          f32
// columns      [columns]                       the groups begin at `first`; margins += step * direction as it was; the loss is at margins + trial * x weights
// weights      [group][word][MODELS]           f32 of four features
// order        [block][lane]                   the word that a lane has of a block, NONE for none
// margins      [slot][row]                     f32, in/out
// direction    [slot][row]                     f32, in; out: x weights
// residuals    [slot][row]                     out: weight * slope, 0 for rows that count nothing
// losses       [group][tile][VECTORS][lane]    out, from `losses` on: f32 change, slope; by row of a quad, then by model of a vector
// partials     [block of tiles][columns][word] out: f32 of four features
// filled       [quad]                          which blocks are not all 0, a bit each: written where `known` is 0; those that are 0 are
//                                              branched over
//
// A workgroup is a subgroup, and goes over all quads of its tiles. Each lane has a word of every block: its weights and its
// sums are kept in lists on the stack, accessed by an index that is not known beforehand once, so that they stay there, and
// else by known ones, so that every access is part of an instruction. All that is done to a quad stands in the code block by
// block, and a processor is twice as slow where that outgrows its cache of instructions. So the LAST blocks, the fullest, are
// loaded once, for margins, loss and gradient; those before are done by parts of PART blocks, each with a loop over all quads for
// its share of the margins (which waits in `residuals`) and one for its gradient, for which they are loaded again. Groups of few columns
// have more blocks among the LAST, whole parts first: each part's share is summed over the lanes by itself all the same, so that
// a column is the same to the bit in a group of any size.
// Grid: groups x blocks of tiles: groups find the rows of a block in the cache. Sizes: MODELS, VECTORS (of lanes, of four rows of a
// model each, that hold all models), PART, LAST (what is left of all blocks by parts), WHOLE (blocks of a part; PART is 1 where no part is
// left to do, which is less to compile), AHEAD (whole parts among LAST), SHARES (those and one more), MOST (the larger of PART and LAST),
// FOUR (4), TILE_QUADS, WORKGROUP (4 or 8).
struct Params {
  words: u32,
  quads: u32,       // quads of this chunk
  offset: u32,      // quads before this chunk
  stride: u32,      // quads of all chunks
  rows: u32,        // of all chunks
  block: u32,       // blocks before this chunk
  tiles: u32,       // tiles a block
  known: u32,       // whether `filled` is
  first: u32,       // column where the groups of this launch begin
  columns: u32,     // columns of all groups
  all_tiles: u32,   // of all chunks
  losses: u32,      // of the groups before
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

// Of each block, feature of a word and model.
alias Kept = array<f32, MOST * 4u * MODELS>;
// Models whose four rows of a quad stand in one vector of lanes.
const EACH = WORKGROUP / 4u;

// Of four rows of two models each lane's share: in each lane the sum over all lanes for row lane % 4 of the model lane / 4.
fn sum_of(a: vec4f, b: vec4f, lane: u32) -> f32 {
  var four = a;
  if (WORKGROUP == 8u) {
    let upper = (lane & 4u) != 0u;
    four = select(a, b, upper) + subgroupShuffle(select(b, a, upper), lane ^ 4u);
  }
  let odd_pair = (lane & 2u) != 0u;
  let two = select(four.xy, four.zw, odd_pair) + subgroupShuffle(select(four.zw, four.xy, odd_pair), lane ^ 2u);
  let odd = (lane & 1u) != 0u;
  return select(two.x, two.y, odd) + subgroupShuffle(select(two.y, two.x, odd), lane ^ 1u);
}

// Of four rows of a model that stand in lanes from `head` on, in every lane.
fn rows_of(own: f32, head: u32) -> vec4f {
  return vec4f(subgroupShuffle(own, head), subgroupShuffle(own, head + 1u), subgroupShuffle(own, head + 2u), subgroupShuffle(own, head + 3u));
}

fn feature_of(bytes: vec4u, k: u32) -> vec4f {
  return vec4f((bytes >> vec4u(8u * k)) & vec4u(255u));
}

// Of a list, from block `before` on: the word, and where it is in the weights of its group.
fn word_of(i: u32, before: u32, lane: u32) -> u32 {
  return order[(before + i / (4u * MODELS)) * WORKGROUP + lane];
}

fn weight_at(i: u32, first: u32, word: u32) -> f32 {
  let at = ((first * params.words + min(word, params.words - 1u) * MODELS + i % MODELS) * 4u) + i / MODELS % 4u;
  return select(0.0, weights[at], word < params.words);
}

fn partial_place(i: u32, first: u32, word: u32, block: u32) -> u32 {
  return (((params.block + block) * params.columns + first + i % MODELS) * params.words + word) * 4u + i / MODELS % 4u;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let vector = lane / 4u;
  let first = params.first + group.x * MODELS;
  let block = group.y;
  let blocks = (params.words + WORKGROUP - 1u) / WORKGROUP;
  let parts = (blocks - LAST) / PART;
  let before_last = parts * PART;
  var kept: Kept;
  var sums: Kept; // of one tile: short f32 runs
  var totals: Kept;
  for (var i = 0u; i < MOST * 4u * MODELS; i++) { sums[i] = 0.0; }
  var own_columns = array<WeightColumn, VECTORS>();
  for (var v = 0u; v < VECTORS; v++) { own_columns[v] = columns[first + min(v * EACH + vector, MODELS - 1u)]; }

  let begin = block * params.tiles * TILE_QUADS;
  let end = min(begin + params.tiles * TILE_QUADS, params.quads);
  let all_quads = (params.rows + 3u) / 4u;
  let filled_end = min(end, all_quads - min(params.offset, all_quads));
  if (params.known == 0u) {
    for (var quad = begin; quad < filled_end; quad++) {
      let q = quad % TILE_QUADS;
      var some = 0u;
      for (var b = 0u; b < blocks; b++) {
        let word = order[b * WORKGROUP + lane];
        let bytes = x[(quad - q) * params.words + q + min(word, params.words - 1u) * TILE_QUADS];
        some |= select(0u, 1u << b, word < params.words && any(bytes != vec4u()));
      }
      filled[params.offset + quad] = subgroupOr(some);
    }
  }

  for (var p = 0u; p < parts; p++) {
    let before = p * PART;
    for (var i = 0u; i < PART * 4u * MODELS; i++) { kept[i] = weight_at(i, first, word_of(i, before, lane)); }
    var places = array<u32, PART>();
    for (var b = 0u; b < PART; b++) { places[b] = min(order[(before + b) * WORKGROUP + lane], params.words - 1u) * TILE_QUADS; }
    for (var tile = begin; tile < end; tile += TILE_QUADS) {
      let count = min(TILE_QUADS, filled_end - min(tile, filled_end));
      for (var q = 0u; q < count; q++) {
        let seen = filled[params.offset + tile + q] >> before;
        let at = tile * params.words + q;
        var products = array<vec4f, MODELS>();
        for (var b = 0u; b < PART; b++) {
          if ((seen & (1u << b)) != 0u) {
            let bytes = x[at + places[b]];
            var features = array<vec4f, FOUR>();
            for (var k = 0u; k < FOUR; k++) { features[k] = feature_of(bytes, k); }
            for (var m = 0u; m < MODELS; m++) {
              for (var k = 0u; k < FOUR; k++) { products[m] += features[k] * kept[(b * 4u + k) * MODELS + m]; }
            }
          }
        }
        var moves = array<f32, VECTORS>();
        for (var v = 0u; v < VECTORS; v++) { moves[v] = sum_of(products[v * EACH], products[min(v * EACH + 1u, MODELS - 1u)], lane); }
        let row = (params.offset + tile + q) * 4u + lane % 4u;
        if (row < params.rows) {
          for (var v = 0u; v < VECTORS; v++) {
            if (v * EACH + vector < MODELS) {
              let place = own_columns[v].slot * params.stride * 4u + row;
              if (p > 0u) { moves[v] += residuals[place]; }
              residuals[place] = moves[v];
            }
          }
        }
      }
    }
  }

  {
    for (var i = 0u; i < LAST * 4u * MODELS; i++) { kept[i] = weight_at(i, first, word_of(i, before_last, lane)); }
    var places = array<u32, LAST>();
    for (var b = 0u; b < LAST; b++) { places[b] = min(order[(before_last + b) * WORKGROUP + lane], params.words - 1u) * TILE_QUADS; }
    for (var b = 0u; b < LAST; b++) { for (var k = 0u; k < FOUR; k++) { for (var m = 0u; m < MODELS; m++) { totals[(b * 4u + k) * MODELS + m] = 0.0; } } }
    for (var tile = begin; tile < end; tile += TILE_QUADS) {
      for (var b = 0u; b < LAST; b++) { for (var k = 0u; k < FOUR; k++) { for (var m = 0u; m < MODELS; m++) { sums[(b * 4u + k) * MODELS + m] = 0.0; } } }
      var changes = array<vec2f, VECTORS>();
      let count = min(TILE_QUADS, filled_end - min(tile, filled_end));
      for (var q = 0u; q < count; q++) {
        let seen = filled[params.offset + tile + q] >> before_last;
        let at = tile * params.words + q;
        let row = (params.offset + tile + q) * 4u + lane % 4u;
        var moves = array<f32, VECTORS>();
        if (parts > 0u && row < params.rows) {
          for (var v = 0u; v < VECTORS; v++) {
            if (v * EACH + vector < MODELS) { moves[v] = residuals[own_columns[v].slot * params.stride * 4u + row]; }
          }
        }
        var products = array<vec4f, SHARES * MODELS>(); // of each part, then of the others
        var bytes = array<vec4u, LAST>();
        for (var b = 0u; b < LAST; b++) {
          if ((seen & (1u << b)) != 0u) {
            bytes[b] = x[at + places[b]];
            var features = array<vec4f, FOUR>();
            for (var k = 0u; k < FOUR; k++) { features[k] = feature_of(bytes[b], k); }
            for (var m = 0u; m < MODELS; m++) {
              for (var k = 0u; k < FOUR; k++) { products[min(b / WHOLE, AHEAD) * MODELS + m] += features[k] * kept[(b * 4u + k) * MODELS + m]; }
            }
          }
        }
        for (var p = 0u; p < SHARES; p++) {
          for (var v = 0u; v < VECTORS; v++) {
            moves[v] += sum_of(products[p * MODELS + v * EACH], products[p * MODELS + min(v * EACH + 1u, MODELS - 1u)], lane);
          }
        }
        var slopes = array<f32, VECTORS>();
        if (row < params.rows) {
          let code = rows[row]; // once for all columns
          let row_weight = row_weights[row];
          for (var v = 0u; v < VECTORS; v++) {
            if (v * EACH + vector < MODELS) {
              let column = own_columns[v];
              let place = column.slot * params.stride * 4u + row;
              let positive = (code & 0xffffffu) == column.positive;
              let trained = (code >> 24u) != column.held_out;
              let weight = select(0.0, row_weight * select(column.negative_weight, column.positive_weight, positive), trained);
              let truth = select(-1.0, 1.0, positive);
              let origin = margins[place] + column.step * direction[place];
              let moved = column.trial * moves[v];
              // A loss may be infinite where a row counts nothing.
              let counts = weight != 0.0;
              slopes[v] = select(0.0, weight * loss_slope(truth, origin + moved), counts);
              let change = select(0.0, weight * loss_change(truth, origin, moved), counts);
              changes[v] += vec2f(change, slopes[v] * moves[v]);
              margins[place] = origin;
              direction[place] = moves[v];
              residuals[place] = slopes[v];
            }
          }
        }
        var shares = array<vec4f, MODELS>();
        for (var m = 0u; m < MODELS; m++) { shares[m] = rows_of(slopes[m / EACH], m % EACH * 4u); }
        for (var b = 0u; b < LAST; b++) {
          if ((seen & (1u << b)) != 0u) {
            var features = array<vec4f, FOUR>();
            for (var k = 0u; k < FOUR; k++) { features[k] = feature_of(bytes[b], k); }
            for (var m = 0u; m < MODELS; m++) {
              for (var k = 0u; k < FOUR; k++) {
                let each = features[k] * shares[m];
                sums[(b * 4u + k) * MODELS + m] += each.x + each.y + each.z + each.w;
              }
            }
          }
        }
      }
      for (var b = 0u; b < LAST; b++) { for (var k = 0u; k < FOUR; k++) { for (var m = 0u; m < MODELS; m++) { totals[(b * 4u + k) * MODELS + m] += sums[(b * 4u + k) * MODELS + m]; } } }
      for (var v = 0u; v < VECTORS; v++) {
        if (v * EACH + vector < MODELS) {
          losses[params.losses + ((group.x * params.all_tiles + (params.offset + tile) / TILE_QUADS) * VECTORS + v) * WORKGROUP + lane] = changes[v];
        }
      }
    }
    for (var i = 0u; i < LAST * 4u * MODELS; i++) {
      let word = word_of(i, before_last, lane);
      if (word < params.words) { partials[partial_place(i, first, word, block)] = totals[i]; }
    }
  }

  for (var p = 0u; p < parts; p++) {
    let before = p * PART;
    var places = array<u32, PART>();
    for (var b = 0u; b < PART; b++) { places[b] = min(order[(before + b) * WORKGROUP + lane], params.words - 1u) * TILE_QUADS; }
    for (var b = 0u; b < PART; b++) { for (var k = 0u; k < FOUR; k++) { for (var m = 0u; m < MODELS; m++) { totals[(b * 4u + k) * MODELS + m] = 0.0; } } }
    for (var tile = begin; tile < end; tile += TILE_QUADS) {
      for (var b = 0u; b < PART; b++) { for (var k = 0u; k < FOUR; k++) { for (var m = 0u; m < MODELS; m++) { sums[(b * 4u + k) * MODELS + m] = 0.0; } } }
      let count = min(TILE_QUADS, filled_end - min(tile, filled_end));
      for (var q = 0u; q < count; q++) {
        let seen = filled[params.offset + tile + q] >> before;
        let at = tile * params.words + q;
        let row = (params.offset + tile + q) * 4u + lane % 4u;
        var slopes = array<f32, VECTORS>();
        for (var v = 0u; v < VECTORS; v++) {
          let place = own_columns[v].slot * params.stride * 4u + min(row, params.rows - 1u);
          slopes[v] = select(0.0, residuals[place], row < params.rows);
        }
        var shares = array<vec4f, MODELS>();
        for (var m = 0u; m < MODELS; m++) { shares[m] = rows_of(slopes[m / EACH], m % EACH * 4u); }
        for (var b = 0u; b < PART; b++) {
          if ((seen & (1u << b)) != 0u) {
            let bytes = x[at + places[b]];
            var features = array<vec4f, FOUR>();
            for (var k = 0u; k < FOUR; k++) { features[k] = feature_of(bytes, k); }
            for (var m = 0u; m < MODELS; m++) {
              for (var k = 0u; k < FOUR; k++) {
                let each = features[k] * shares[m];
                sums[(b * 4u + k) * MODELS + m] += each.x + each.y + each.z + each.w;
              }
            }
          }
        }
      }
      for (var b = 0u; b < PART; b++) { for (var k = 0u; k < FOUR; k++) { for (var m = 0u; m < MODELS; m++) { totals[(b * 4u + k) * MODELS + m] += sums[(b * 4u + k) * MODELS + m]; } } }
    }
    for (var i = 0u; i < PART * 4u * MODELS; i++) {
      let word = word_of(i, before, lane);
      if (word < params.words) { partials[partial_place(i, first, word, block)] = totals[i]; }
    }
  }
}
