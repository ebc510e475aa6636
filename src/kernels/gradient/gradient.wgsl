// Gradient of every feature under every column of some groups, as one partial sum a block of rows: partials = X^T residuals.
//
// x           [tile][word][quad of the tile]  blocks of four features of four rows
// columns     [columns]                       the groups begin at `first`
// residuals   [slot][quad]                    f32 of four rows; 0 in padding rows
// partials    [block][columns][word]          out: f32 of four features
//
// An invocation owns one word (four features) of one block of rows and adds the rows in order; the host adds the blocks
// in float64. Residuals are the same address for all invocations of a block.
// Grid: ceil(words / WORKGROUP) x groups x blocks: groups that read the same rows run one after the other.
// Sizes: MODELS, WORKGROUP, TILE_QUADS.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let word = id.x;
  if (word >= params.words) { return; }
  let first = params.first + group.y * MODELS;
  var slots = array<u32, MODELS>();
  for (var m = 0u; m < MODELS; m++) {
    slots[m] = columns[first + m].slot * params.stride + params.offset;
  }
  var totals = array<vec4f, MODELS>();
  let begin = group.z * params.tiles * TILE_QUADS;
  let end = min(begin + params.tiles * TILE_QUADS, params.quads);
  for (var tile = begin; tile < end; tile += TILE_QUADS) {
    let at = tile * params.words + word * TILE_QUADS;
    var sums = array<vec4f, MODELS>(); // of one tile: short f32 runs
    for (var q = 0u; q < TILE_QUADS; q++) {
      let rows = by_row(at + q);
      for (var m = 0u; m < MODELS; m++) {
        let r = residuals[slots[m] + tile + q];
        sums[m] += rows[0] * r.x;
        sums[m] += rows[1] * r.y;
        sums[m] += rows[2] * r.z;
        sums[m] += rows[3] * r.w;
      }
    }
    for (var m = 0u; m < MODELS; m++) { totals[m] += sums[m]; }
  }
  for (var m = 0u; m < MODELS; m++) {
    partials[((params.block + group.z) * params.columns + first + m) * params.words + word] = totals[m];
  }
}
