// The gradient of a layer of units whose inputs are bytes, of which many are 0.
//
// bytes     [row][inQuad]           u32 of four inputs
// scaling   [3][input]              f32: factors are the last third; what is subtracted from bytes before is 0
// deltas    [row][unit]             how the loss of a row changes with the sum of a unit; row 0 is the first of the batch
// parts     [part][input][unit]     out: sums of partRows rows each; behind all inputs, those of constant terms
//
// Grid: ceil(outQuads * 4 / (ACROSS * WORKGROUP)) x ceil(inQuads / WORDS) x parts. A workgroup is a subgroup. Sizes: WORDS, VECTORS
// (ceil(WORDS / WORKGROUP)), FOUR (4), ACROSS, WORKGROUP.
struct Params {
  rows: u32,
  firstRow: u32,
  inQuads: u32,
  outQuads: u32,
  partRows: u32,
  // 0 writes sums, 1 adds them to what is there
  more: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> scaling: array<f32>;
@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read_write> parts: array<f32>;

fn write_sum(part: u32, input: u32, unit: u32, sum: f32) {
  let at = (part * (params.inQuads * 4u + 1u) + input) * params.outQuads * 4u + unit;
  if (unit < params.outQuads * 4u) { parts[at] = select(sum, sum + parts[at], params.more == 1u); }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let unit = group.x * ACROSS * WORKGROUP + lane;
  let units = params.outQuads * 4u;
  let inputs = params.inQuads * 4u;
  var kept: Kept;
  var constants = array<f32, ACROSS>();
  let end = min((group.z + 1u) * params.partRows, params.rows);
  for (var row = group.z * params.partRows; row < end; row++) {
    var words = array<u32, VECTORS>();
    for (var j = 0u; j < VECTORS; j++) { words[j] = word_of(params.firstRow + row, group.y * WORDS + j * WORKGROUP + lane); }
    var delta = array<f32, ACROSS>();
    for (var u = 0u; u < ACROSS; u++) { delta[u] = deltas[row * units + unit_of(unit, u)]; }
    for (var u = 0u; u < ACROSS; u++) { constants[u] += delta[u]; }
    for (var i = 0u; i < WORDS; i++) {
      let word = subgroupBroadcast(words[i / WORKGROUP], i % WORKGROUP);
      if (word != 0u) {
        let features = features_of(word);
        for (var k = 0u; k < FOUR; k++) {
          for (var u = 0u; u < ACROSS; u++) { kept[(i * 4u + k) * ACROSS + u] = fma(features[k], delta[u], kept[(i * 4u + k) * ACROSS + u]); }
        }
      }
    }
  }
  for (var i = 0u; i < WORDS * 4u * ACROSS; i++) {
    let input = group.y * WORDS * 4u + i / ACROSS;
    if (input < inputs) { write_sum(group.z, input, unit + i % ACROSS * WORKGROUP, kept[i] * scaling[2u * inputs + input]); }
  }
  if (group.y == 0u) {
    for (var u = 0u; u < ACROSS; u++) { write_sum(group.z, inputs, unit + u * WORKGROUP, constants[u]); }
  }
}
