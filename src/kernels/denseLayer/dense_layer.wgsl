// A layer of units: of each row, what each unit makes of its weighted sum of the inputs.
//
// inputs    [row][inQuad]           f32 of four inputs
// weights   [input][outQuad]        f32 of four units; behind the inputs of all quads, a row of constant terms
// present   [quad]                  quads of inputs, from presentAt on: in all others these rows are 0
// outputs   [row][outQuad]          out: from row 0 on; 0 behind the last unit, so that nothing is learned of what is no unit
//
// An invocation has four rows and ACROSS quads of units. Grid: ceil(outQuads / ACROSS) x ceil(ceil(rows / 4) / WORKGROUP).
// Sizes: ACROSS, FOUR (4), WORKGROUP.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (group.y * WORKGROUP + local) * 4u;
  if (row >= params.rows) { return; }
  let out = group.x * ACROSS;
  let at = places_of(row);
  var sums = constants(out);
  for (var i = 0u; i < params.presentQuads; i++) {
    let quad = present[params.presentAt + i];
    let here = at + quad;
    let rows = mat4x4f(inputs[here.x], inputs[here.y], inputs[here.z], inputs[here.w]);
    for (var k = 0u; k < FOUR; k++) {
      for (var u = 0u; u < ACROSS; u++) {
        let weight = weights[(quad * 4u + k) * params.outQuads + quad_of(out + u)];
        for (var r = 0u; r < FOUR; r++) { sums[u][r] += rows[r][k] * weight; }
      }
    }
  }
  write_made(row, out, sums);
}
