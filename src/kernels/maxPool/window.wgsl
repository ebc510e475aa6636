// Where the two by two numbers stand that are pooled into one, as both kernels of pools read them. Behind an edge is the number at the
// edge again.

// How many numbers pictures of this size are pooled into, of four filters each.
fn pooled_count(rows: u32, height: u32, width: u32, quads: u32) -> u32 {
  return rows * ((height + 1u) / 2u) * ((width + 1u) / 2u) * quads;
}

// Of [row][line][column][quad], left to right and then down, from a place in [row][pooledLine][pooledColumn][quad].
fn window_of(place: u32, height: u32, width: u32, quads: u32) -> vec4u {
  let half_height = (height + 1u) / 2u;
  let half_width = (width + 1u) / 2u;
  let pixel = place / quads;
  let x = pixel % half_width * 2u;
  let line = pixel / half_width;
  let y = line % half_height * 2u;
  let right = min(x + 1u, width - 1u);
  let above = (line / half_height * height + y) * width;
  let below = (line / half_height * height + min(y + 1u, height - 1u)) * width;
  return vec4u(above + x, above + right, below + x, below + right) * quads + place % quads;
}
