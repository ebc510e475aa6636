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
  if (id.x >= pooled_count(params.rows, params.height, params.width, params.quads)) { return; }
  let places = window_of(id.x, params.height, params.width, params.quads);
  pooled[id.x] = max(max(made[places.x], made[places.y]), max(made[places.z], made[places.w]));
}
