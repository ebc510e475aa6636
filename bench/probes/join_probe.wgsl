// What lies between two batches of layer_probe.wgsl at least: its sums over parts of the pixels, read and joined, and a number of each
// unit and row for the way back. Grid: ceil(5000 / (WORKGROUP * EACH)). Sizes: WORKGROUP, EACH, PARTS.
struct Params {
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> deltas: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  for (var i = 0u; i < EACH; i++) {
    let at = (group.x * EACH + i) * WORKGROUP + lane;
    if (at < params.quads) {
      var sum = vec4f();
      for (var part = 0u; part < PARTS; part++) { sum += sums[part * params.quads + at]; }
      deltas[at] = sum * 1e-9;
    }
  }
}
