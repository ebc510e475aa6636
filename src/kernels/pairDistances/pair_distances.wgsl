// Squared distances of some rows to others: every pair of a row asked of and a row of a range.
//
// x, rows       [tile][word][quad of the tile]   blocks of four features of four rows, asked of and looked among
// *_squares     [quad]                           of bytes: the sum of the squares of each of four rows
// distances     [row of the range][asked]        out: u32 of four rows asked of
//
// An invocation owns four rows asked of and QUADS quads of rows; all invocations of a group read the same rows.
// Grid: ceil(quads of the range / QUADS) x ceil(asked / WORKGROUP). Sizes: QUADS, a divisor of ROW_TILE; WORKGROUP, X_TILE and
// ROW_TILE, quads of a tile; FOUR is 4.
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let quad = group.y * WORKGROUP + local;
  if (quad >= params.asked) { return; }
  let block = params.first + group.x * QUADS;
  var at = quad / X_TILE * params.words * X_TILE + quad % X_TILE;
  var row = block / ROW_TILE * params.words * ROW_TILE + block % ROW_TILE;
  var sums = array<array<Sums, FOUR>, QUADS>();
  for (var word = 0u; word < params.words; word++) {
    let asked = x[at];
    for (var q = 0u; q < QUADS; q++) {
      let four = rows[row + q];
      for (var r = 0u; r < FOUR; r++) { sums[q][r] = added(sums[q][r], asked, four[r]); }
    }
    at += X_TILE;
    row += ROW_TILE;
  }
  for (var q = 0u; q < QUADS; q++) {
    if (block + q < params.end) {
      let out = (group.x * QUADS + q) * 4u;
      for (var r = 0u; r < FOUR; r++) { distances[(out + r) * params.asked + quad] = distance_of(sums[q][r], quad, block + q, r); }
    }
  }
}
