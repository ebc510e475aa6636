// Bytes have nothing beyond f32.
fn low_by_feature(at: u32) -> mat4x4f {
  return mat4x4f();
}

fn low_by_row(at: u32) -> mat4x4f {
  return mat4x4f();
}
