// Copies one buffer to another, 16 bytes an invocation: what the memory of this device gives at best.
// Grid: ceil(vectors / WORKGROUP), folded into y where x alone is too short. Sizes: WORKGROUP, COLUMNS (workgroups in x).
struct Params { vectors: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> copy: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * COLUMNS + group.x) * WORKGROUP + local;
  if (i >= params.vectors) { return; }
  copy[i] = source[i];
}
