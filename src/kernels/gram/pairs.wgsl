// Pairs of words, of which the second is not before the first, and rows of a range.

// The place of a pair of a block among those of all blocks.
fn pair_at(block: u32, a: u32, b: u32) -> u32 {
  let pairs = params.words * (params.words + 1u) / 2u;
  return block * pairs + a * params.words - a * (a - 1u) / 2u + b - a;
}

// Which rows of a quad are in a range: it begins and ends anywhere.
fn inside(quad: u32, begin: u32, end: u32) -> vec4<bool> {
  let rows = vec4u(quad * 4u) + vec4u(0u, 1u, 2u, 3u);
  return (rows >= vec4u(begin)) & (rows < vec4u(end));
}
