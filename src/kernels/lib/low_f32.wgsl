// What the features of rows_f32.wgsl have beyond f32, in the same blocks.
@group(0) @binding(4) var<storage, read> x_low: array<mat4x4f>;

fn low_by_feature(at: u32) -> mat4x4f {
  return transpose(x_low[at]);
}

fn low_by_row(at: u32) -> mat4x4f {
  return x_low[at];
}
