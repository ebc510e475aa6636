// What distances.wgsl and distances_subgroups.wgsl bind; `x` at binding 1 comes with the rows' own prelude.
struct Params {
  words: u32,
  centers: u32,   // centers a set
  first: u32,     // quad of this chunk where this launch begins
  end: u32,       // quad of this chunk where it ends
  offset: u32,    // where its outputs begin
  stride: u32,    // quads of outputs
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> scales: array<vec4f>;
@group(0) @binding(3) var<storage, read> centers: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> nearest: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> distances: array<vec4f>;

// What four rows are away from a center by four of their features.
fn part(features: mat4x4f, center: vec4f, scale: vec4f) -> vec4f {
  let a = (features[0] - center.x) * scale.x;
  let b = (features[1] - center.y) * scale.y;
  let c = (features[2] - center.z) * scale.z;
  let d = (features[3] - center.w) * scale.w;
  if (MANHATTAN == 1) { return abs(a) + abs(b) + abs(c) + abs(d); }
  return a * a + b * b + c * c + d * d;
}

// The nearest center so far of four rows, and how far it is.
struct Best {
  code: vec4u,
  distance: vec4f,
}

fn better(best: Best, center: u32, distance: vec4f) -> Best {
  let closer = (distance < best.distance) | vec4<bool>(center == 0u);
  return Best(select(best.code, vec4u(center), closer), select(best.distance, distance, closer));
}
