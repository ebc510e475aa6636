// Margins of every row under every column of some groups: direction = X W, after the margins have taken the last step.
//
// x           [tile][word][quad of the tile]  blocks of four features of four rows
// weights     [group][word][MODELS]           four f32 features of one column
// columns     [columns]                       the groups begin at `first`
// direction   [slot][quad]                    f32 of four rows; out: X W
// margins     [slot][quad]                    f32 of four rows; in/out: margins += step * direction as it was
//
// An invocation owns four rows and reads every feature of them once; all invocations read the same weights.
// Grid: ceil(quads / WORKGROUP) x groups. Sizes: MODELS, WORKGROUP, TILE_QUADS.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let quad = id.x;
  if (quad >= params.quads) { return; }
  let first = params.first + group.y * MODELS;
  var sums = array<vec4f, MODELS>();
  var at = (quad / TILE_QUADS) * params.words * TILE_QUADS + quad % TILE_QUADS;
  var weight = first * params.words;
  for (var word = 0u; word < params.words; word++) {
    let features = by_feature(at);
    for (var m = 0u; m < MODELS; m++) {
      let w = weights[weight + m];
      sums[m] += features[0] * w.x;
      sums[m] += features[1] * w.y;
      sums[m] += features[2] * w.z;
      sums[m] += features[3] * w.w;
    }
    at += TILE_QUADS;
    weight += MODELS;
  }
  for (var m = 0u; m < MODELS; m++) {
    let column = columns[first + m];
    let i = column.slot * params.stride + params.offset + quad;
    margins[i] += column.step * direction[i];
    direction[i] = sums[m];
  }
}
