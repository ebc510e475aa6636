// Margins take the last step along their direction, and the next direction begins: at the bias of its column in every row.
//
// columns     [columns]
// biases      [columns]
// direction   [slot][quad]   f32 of four rows
// margins     [slot][quad]   f32 of four rows
//
// Grid: ceil(quads / WORKGROUP) x columns.
struct Params {
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> columns: array<WeightColumn>;
@group(0) @binding(2) var<storage, read> biases: array<f32>;
@group(0) @binding(3) var<storage, read_write> direction: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> margins: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.quads) { return; }
  let column = columns[id.y];
  let i = column.slot * params.quads + id.x;
  margins[i] += column.step * direction[i];
  direction[i] = vec4f(biases[id.y]);
}
