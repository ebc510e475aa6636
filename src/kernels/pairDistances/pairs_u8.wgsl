// Bytes: |a|^2 + |b|^2 - 2 ab, whole numbers below 2^32, so that nothing is rounded.
alias Block = vec4u;   // four features, the bytes of a word, of four rows
alias Word = u32;      // of one row
alias Sums = vec4u;    // of four rows asked of

@group(0) @binding(1) var<storage, read> x: array<Block>;
@group(0) @binding(2) var<storage, read> rows: array<Block>;
@group(0) @binding(4) var<storage, read> x_squares: array<vec4u>;
@group(0) @binding(5) var<storage, read> row_squares: array<vec4u>;

fn added(sums: Sums, asked: Block, row: Word) -> Sums {
  return sums + vec4u(dot4U8Packed(asked.x, row), dot4U8Packed(asked.y, row), dot4U8Packed(asked.z, row), dot4U8Packed(asked.w, row));
}

// Whether rows add anything: pictures are mostly zeros, and a branch that no lane takes costs nothing.
fn adds(rows: Block) -> bool {
  return any(rows != Block());
}

fn distance_of(sums: Sums, quad: u32, row_quad: u32, row: u32) -> vec4u {
  return x_squares[quad] + vec4u(row_squares[row_quad][row]) - 2u * sums;
}
