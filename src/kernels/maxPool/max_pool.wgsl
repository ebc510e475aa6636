// The largest of each two by two numbers of a picture; of fewer at edges of odd length.
//
// made      [row][line][column][quad]              f32 of four filters
// pooled    [row][pooledLine][pooledColumn][quad]  out
//
// An invocation has four filters of a pooled number. Grid: ceil(rows * ceil(height / 2) * ceil(width / 2) * quads / WORKGROUP).
// Sizes: WORKGROUP.
struct Params {
  rows: u32,
  height: u32,
  width: u32,
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> made: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> pooled: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let half_height = (params.height + 1u) / 2u;
  let half_width = (params.width + 1u) / 2u;
  if (id.x >= params.rows * half_height * half_width * params.quads) { return; }
  let quad = id.x % params.quads;
  let pixel = id.x / params.quads;
  let x = pixel % half_width * 2u;
  let line = pixel / half_width;
  let y = line % half_height * 2u;
  // Behind an edge is the number at the edge again.
  let right = min(x + 1u, params.width - 1u);
  let above = (line / half_height * params.height + y) * params.width;
  let below = (line / half_height * params.height + min(y + 1u, params.height - 1u)) * params.width;
  pooled[id.x] = max(
    max(made[(above + x) * params.quads + quad], made[(above + right) * params.quads + quad]),
    max(made[(below + x) * params.quads + quad], made[(below + right) * params.quads + quad]),
  );
}
