// Sums of the rows of each group, feature by feature, around a point of the group; and of the squares of the same:
// partials = sum of weight * (x - center), sum of weight * (x - center)^2.
//
// x         [tile][word][quad of the tile]  blocks of four features of four rows
// codes     [set][quad]                     the group of each of four rows; one that is no group counts nowhere
// weights   [quad]                          f32 of four rows
// centers   [group][word]                   f32 of four features; 0 for the constant, whose sum is that of the weights
// partials  [set][block][moment][group][word]  out: f32 of four features
//
// An invocation owns one word (four features) of one block of tiles and adds its rows in order, each to the sum of its
// group; the host adds the blocks in float64. Bytes of weight 1 are added exactly around 0.
// Grid: ceil(words / WORKGROUP) x blocks x sets. Sizes: MOMENTS (1: sums, 2: squares too), WORKGROUP, TILE_QUADS.
struct Params {
  words: u32,
  quads: u32,    // quads of this chunk
  offset: u32,   // quads before this chunk
  stride: u32,   // quads of all chunks
  groups: u32,
  first: u32,    // tile of this chunk where the blocks begin
  tiles: u32,    // tiles a block
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> codes: array<vec4u>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read> centers: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;

fn add(base: u32, word: u32, code: u32, weight: f32, row: vec4f) {
  if (code >= params.groups) { return; }
  let at = code * params.words + word;
  let away = row - centers[at];
  partials[base + at] += weight * away;
  if (MOMENTS == 2) { partials[base + params.groups * params.words + at] += weight * away * away; }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let word = id.x;
  if (word >= params.words) { return; }
  let base = (group.z * grid.y + group.y) * MOMENTS * params.groups * params.words;
  for (var g = 0u; g < MOMENTS * params.groups; g++) { partials[base + g * params.words + word] = vec4f(); }
  let begin = (params.first + group.y * params.tiles) * TILE_QUADS;
  let end = min(begin + params.tiles * TILE_QUADS, params.quads);
  for (var tile = begin; tile < end; tile += TILE_QUADS) {
    let at = tile * params.words + word * TILE_QUADS;
    for (var q = 0u; q < TILE_QUADS; q++) {
      let rows = by_row(at + q);
      let quad = params.offset + tile + q;
      let code = codes[group.z * params.stride + quad];
      let weight = weights[quad];
      add(base, word, code.x, weight.x, rows[0]);
      add(base, word, code.y, weight.y, rows[1]);
      add(base, word, code.z, weight.z, rows[2]);
      add(base, word, code.w, weight.w, rows[3]);
    }
  }
}
