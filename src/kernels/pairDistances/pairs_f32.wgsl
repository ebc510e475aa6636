// Floats: differences come first, so that nothing cancels. The bits of numbers from 0 up have the order of the numbers.
alias Block = mat4x4f; // a column has four features of one row
alias Word = vec4f;
alias Sums = vec4f;    // of four rows asked of

@group(0) @binding(1) var<storage, read> x: array<Block>;
@group(0) @binding(2) var<storage, read> rows: array<Block>;

fn added(sums: Sums, asked: Block, row: Word) -> Sums {
  let a = asked[0] - row;
  let b = asked[1] - row;
  let c = asked[2] - row;
  let d = asked[3] - row;
  return sums + vec4f(dot(a, a), dot(b, b), dot(c, c), dot(d, d));
}

// Whether rows add anything.
fn adds(rows: Block) -> bool {
  return true;
}

fn distance_of(sums: Sums, quad: u32, row_quad: u32, row: u32) -> vec4u {
  return bitcast<vec4u>(sums);
}
