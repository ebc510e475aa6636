// Reads a buffer once and folds it into a few values: what a pass over x can hope for.
// Grid: vectors / (WORKGROUP * LOADS), a whole number of them. Sizes: WORKGROUP, LOADS.
struct Params { vectors: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4u>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let begin = group.x * WORKGROUP * LOADS + local;
  var sum = vec4u(params.vectors);
  for (var i = 0u; i < LOADS; i++) { sum ^= source[begin + i * WORKGROUP]; }
  sums[group.x * WORKGROUP + local] = sum;
}
