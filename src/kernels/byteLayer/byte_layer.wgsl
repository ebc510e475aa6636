// Sums of a layer of units over parts of the inputs, of rows of bytes of which many are 0.
//
// bytes     [row][inQuad]           u32 of four inputs
// scaling   [3][input]              f32: factors are the last third; what is subtracted from bytes before is 0
// weights   [input][unit]           f32
// parts     [part][row][unit]       out: sums over the WORDS words of a part, without constant terms; from row 0 on
//
// Grid: ceil(outQuads * 4 / (ACROSS * WORKGROUP)) x ceil(inQuads / WORDS). A workgroup is a subgroup. Sizes: WORDS, VECTORS
// (ceil(WORDS / WORKGROUP)), FOUR (4), ACROSS, WORKGROUP.
struct Params {
  rows: u32,
  firstRow: u32,
  inQuads: u32,
  outQuads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> scaling: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> parts: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let unit = group.x * ACROSS * WORKGROUP + lane;
  let units = params.outQuads * 4u;
  let inputs = params.inQuads * 4u;
  var kept: Kept;
  for (var i = 0u; i < WORDS * 4u * ACROSS; i++) {
    let input = min(group.y * WORDS * 4u + i / ACROSS, inputs - 1u);
    kept[i] = weights[input * units + unit_of(unit, i % ACROSS)] * scaling[2u * inputs + input];
  }
  for (var row = 0u; row < params.rows; row++) {
    var words = array<u32, VECTORS>();
    for (var j = 0u; j < VECTORS; j++) { words[j] = word_of(params.firstRow + row, group.y * WORDS + j * WORKGROUP + lane); }
    var sums = array<f32, ACROSS>();
    for (var i = 0u; i < WORDS; i++) {
      let word = subgroupBroadcast(words[i / WORKGROUP], i % WORKGROUP);
      if (word != 0u) {
        let features = features_of(word);
        for (var k = 0u; k < FOUR; k++) {
          for (var u = 0u; u < ACROSS; u++) { sums[u] = fma(features[k], kept[(i * 4u + k) * ACROSS + u], sums[u]); }
        }
      }
    }
    let at = (group.y * params.rows + row) * units + unit;
    for (var u = 0u; u < ACROSS; u++) {
      if (unit + u * WORKGROUP < units) { parts[at + u * WORKGROUP] = sums[u]; }
    }
  }
}
