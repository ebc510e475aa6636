// Back through a layer of units: how the loss of each row changes with the sums of the layer before, from how it changes with its own.
//
// deltas    [row][outQuad]          f32 of four units: by their sums
// weights   [input][unit]           f32
// inputs    [row][inQuad]           what the units of the layer before made
// before    [row][inQuad]           out: by their sums
//
// An invocation has four rows and ACROSS quads of inputs. Grid: ceil(inQuads / ACROSS) x ceil(ceil(rows / 4) / WORKGROUP).
// Sizes: ACROSS, FOUR (4), WORKGROUP.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = (group.y * WORKGROUP + local) * 4u;
  if (row >= params.rows) { return; }
  let quad = group.x * ACROSS;
  var at = places_of(row);
  var sums = Sums();
  for (var out = 0u; out < params.outQuads; out++) {
    let rows = mat4x4f(deltas[at.x], deltas[at.y], deltas[at.z], deltas[at.w]);
    at += vec4u(1u);
    for (var k = 0u; k < FOUR; k++) {
      for (var u = 0u; u < ACROSS; u++) {
        let weight = weights_of(quad + u, out * 4u + k);
        for (var r = 0u; r < FOUR; r++) { sums[u][r] += rows[r][k] * weight; }
      }
    }
  }
  write_before(row, quad, sums);
}
