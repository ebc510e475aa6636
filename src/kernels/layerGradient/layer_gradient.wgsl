// The gradient of a layer: for each of its weights, the sum over rows of the input times how the loss of the row changes with the unit.
//
// inputs    [row][inQuad]           f32 of four inputs
// deltas    [row][outQuad]          how the loss of a row changes with the sums of four units; row 0 is the first of the batch
// present   [quad]                  quads of inputs, from presentAt on: presentQuads of them, then those in which all rows are 0
// parts     [part][input][outQuad]  out: sums of partRows rows each; behind the inputs of all quads, a row for constant terms
//
// An invocation has four inputs and ACROSS quads of units of a part; the first have the constant terms. Grid:
// ceil(outQuads / ACROSS) x ceil((inQuads + 1) / WORKGROUP) x parts. Sizes: ACROSS, FOUR (4), WORKGROUP.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = group.y * WORKGROUP + lane;
  if (place > params.inQuads) { return; }
  let quad = quad_at(place);
  let out = group.x * ACROSS;
  var sums = Sums();
  let end = select(0u, min((group.z + 1u) * params.partRows, params.rows), place <= params.presentQuads);
  for (var row = group.z * params.partRows; row < end; row++) {
    let input = inputs_of(row, quad);
    for (var u = 0u; u < ACROSS; u++) {
      let delta = deltas[row * params.outQuads + quad_of(out + u)];
      for (var k = 0u; k < FOUR; k++) { sums[u][k] += input[k] * delta; }
    }
  }
  write_sums(group.z, place, quad, out, sums);
}
