// The weight of each row in the column of its group, and 0 in the columns of the others: what a product with the rows sums by group.
//
// codes     [set][quad]             the group of each of four rows; one that is no group counts nowhere
// weights   [quad]                  f32 of four rows
// columns   [set][group][quad]      out: f32 of four rows
//
// Grid: ceil(quads / WORKGROUP) x groups x sets. Sizes: WORKGROUP.
struct Params {
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> codes: array<vec4u>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> columns: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  if (id.x >= params.quads) { return; }
  let own = codes[id.z * params.quads + id.x] == vec4u(id.y);
  columns[(id.z * grid.y + id.y) * params.quads + id.x] = select(vec4f(), weights[id.x], own);
}
