// Margins, loss and gradient of groups of up to four columns in one pass over rows of bytes, for processors: there the loads of x
// take most of the time, and are made once in place of twice. What margins.wgsl, row_loss.wgsl and gradient.wgsl do one after the
// other; what loss it is, preludes say as they do for row_loss.wgsl.
//
// x            [tile][word][quad of the tile]  bytes: blocks of four features of four rows
// rows         [rows]                          class code | fold << 24
// row_weights  [rows]                          f32
// columns      [columns]                       the groups begin at `first`; margins += step * direction as it was; the loss is at margins + trial * x weights
// weights      [group][word][MODELS]           f32 of four features
// order        [BLOCKS][lane]                  the word that a lane has of a block, NONE for none
// margins      [slot][row]                     f32, in/out
// direction    [slot][row]                     f32, in; out: x weights
// residuals    [slot][row]                     out: weight * slope, 0 for rows that count nothing
// losses       [group][tile][VECTORS][lane]    out, from `losses` on: f32 change, slope; by row of a quad, then by model of a vector
// partials     [block][columns][word]          out: f32 of four features
// filled       [quad]                          which blocks are not all 0, a bit each: written where `known` is 0, else those
//                                              that are 0 are branched over
//
// A workgroup is a subgroup, and goes over all quads of its tiles. Each lane has a word of every block: its weights and its
// sums are kept in two lists on the stack, written by an index that is not known beforehand once, so that they stay there, and
// from then on by known ones, so that every access is part of an instruction. A quad is loaded in a branch with its products:
// the fewer values outlive a branch the fewer are blended by its mask.
// Grid: groups x blocks: groups find the rows of a block in the cache. Sizes: MODELS, VECTORS (of lanes, of four rows of a model each, that hold all models), BLOCKS (up to 32), FOUR (4),
// TILE_QUADS, WORKGROUP (4 or 8).
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
alias Kept = array<f32, BLOCKS * 4u * MODELS>;
// Models whose four rows of a quad stand in one vector of lanes.
const EACH = WORKGROUP / 4u;

// Sums over all lanes, in every lane.
fn total(own: vec4f, lane: u32) -> vec4f {
  var sum = own;
  for (var apart = 1u; apart < WORKGROUP; apart *= 2u) { sum += subgroupShuffle(sum, lane ^ apart); }
  return sum;
}

fn of_row(four: vec4f, lane: u32) -> f32 {
  return select(select(four.x, four.y, (lane & 1u) == 1u), select(four.z, four.w, (lane & 1u) == 1u), (lane & 2u) == 2u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let vector = lane / 4u;
  let first = params.first + group.x * MODELS;
  let block = group.y;
  var kept: Kept;
  var sums: Kept;
  for (var i = 0u; i < BLOCKS * 4u * MODELS; i++) {
    let word = order[i / (4u * MODELS) * WORKGROUP + lane];
    let at = (min(word, params.words - 1u) * MODELS + i % MODELS) * 4u + i / MODELS % 4u;
    kept[i] = select(0.0, weights[first * params.words * 4u + at], word < params.words);
  }
  var places = array<u32, BLOCKS>();
  for (var b = 0u; b < BLOCKS; b++) { places[b] = min(order[b * WORKGROUP + lane], params.words - 1u) * TILE_QUADS; }
  var own_columns = array<WeightColumn, VECTORS>();
  for (var v = 0u; v < VECTORS; v++) { own_columns[v] = columns[first + min(v * EACH + vector, MODELS - 1u)]; }

  let begin = block * params.tiles * TILE_QUADS;
  let end = min(begin + params.tiles * TILE_QUADS, params.quads);
  for (var tile = begin; tile < end; tile += TILE_QUADS) {
    for (var i = 0u; i < BLOCKS * 4u * MODELS; i++) { sums[i] = 0.0; } // of one tile: short f32 runs
    var changes = array<vec2f, VECTORS>();
    let before = params.offset + tile;
    let count = min(TILE_QUADS, (params.rows + 3u) / 4u - min(before, (params.rows + 3u) / 4u));
    for (var q = 0u; q < count; q++) {
      var seen = 0xffffffffu;
      if (params.known != 0u) { seen = filled[before + q]; }
      let at = tile * params.words + q;
      var bytes = array<vec4u, BLOCKS>();
      var products = array<vec4f, MODELS>();
      for (var b = 0u; b < BLOCKS; b++) {
        if ((seen & (1u << b)) != 0u) {
          bytes[b] = x[at + places[b]];
          for (var k = 0u; k < FOUR; k++) {
            let features = vec4f((bytes[b] >> vec4u(8u * k)) & vec4u(255u));
            for (var m = 0u; m < MODELS; m++) { products[m] += features * kept[(b * 4u + k) * MODELS + m]; }
          }
        }
      }
      if (params.known == 0u) {
        var some = 0u;
        for (var b = 0u; b < BLOCKS; b++) { some |= select(0u, 1u << b, order[b * WORKGROUP + lane] < params.words && any(bytes[b] != vec4u())); }
        filled[before + q] = subgroupOr(some);
      }
      for (var m = 0u; m < MODELS; m++) { products[m] = total(products[m], lane); }

      let row = (before + q) * 4u + lane % 4u;
      var slopes = array<f32, VECTORS>();
      for (var v = 0u; v < VECTORS; v++) {
        let column = own_columns[v];
        let one = of_row(products[v * EACH], lane);
        let moves = select(one, of_row(products[min(v * EACH + 1u, MODELS - 1u)], lane), vector == 1u);
        if (row < params.rows && v * EACH + vector < MODELS) {
          let place = column.slot * params.stride * 4u + row;
          let trained = (rows[row] >> 24u) != column.held_out;
          let weight = select(0.0, row_weights[row] * weight_of(row, column), trained);
          let truth = truth_of(row, column);
          let origin = margins[place] + column.step * direction[place];
          let moved = column.trial * moves;
          // A loss may be infinite where a row counts nothing.
          let counts = weight != 0.0;
          slopes[v] = select(0.0, weight * loss_slope(truth, origin + moved), counts);
          let change = select(0.0, weight * loss_change(truth, origin, moved), counts);
          changes[v] += vec2f(change, slopes[v] * moves);
          margins[place] = origin;
          direction[place] = moves;
          residuals[place] = slopes[v];
        }
      }
      var shares = array<vec4f, MODELS>(); // the residuals of a model, in every lane
      for (var m = 0u; m < MODELS; m++) {
        let own = slopes[m / EACH];
        let head = m % EACH * 4u;
        shares[m] = vec4f(subgroupShuffle(own, head), subgroupShuffle(own, head + 1u), subgroupShuffle(own, head + 2u), subgroupShuffle(own, head + 3u));
      }
      for (var b = 0u; b < BLOCKS; b++) {
        if ((seen & (1u << b)) != 0u) {
          for (var k = 0u; k < FOUR; k++) {
            let features = vec4f((bytes[b] >> vec4u(8u * k)) & vec4u(255u));
            for (var m = 0u; m < MODELS; m++) {
              let each = features * shares[m];
              sums[(b * 4u + k) * MODELS + m] += each.x + each.y + each.z + each.w;
            }
          }
        }
      }
    }
    for (var i = 0u; i < BLOCKS * 4u * MODELS; i++) {
      let word = order[i / (4u * MODELS) * WORKGROUP + lane];
      let place = (((params.block + block) * params.columns + first + i % MODELS) * params.words + word) * 4u + i / MODELS % 4u;
      if (word < params.words) { partials[place] = select(partials[place] + sums[i], sums[i], tile == begin); }
    }
    for (var v = 0u; v < VECTORS; v++) {
      if (v * EACH + vector < MODELS) { losses[params.losses + ((group.x * params.all_tiles + before / TILE_QUADS) * VECTORS + v) * WORKGROUP + lane] = changes[v]; }
    }
  }
}
