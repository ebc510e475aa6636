// Multiplies and adds in registers, and touches memory once at the end: what the arithmetic of this device gives at best.
// Ten chains an invocation hide the latency of an addition and stay in 16 registers; with twelve, two thirds of that speed.
// Grid: INVOCATIONS / WORKGROUP. Sizes: WORKGROUP, STEPS (unrolled).
struct Params { rounds: u32, factor: f32, term: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = params.factor;
  let term = params.term;
  var a = vec4f(0.0, 1.0, 2.0, 3.0) + f32(id.x);
  var b = a + 4.0;
  var c = a.xy + 8.0;
  for (var round = 0u; round < params.rounds; round++) {
    for (var i = 0u; i < STEPS; i++) {
      a = a * factor + term;
      b = b * factor + term;
      c = c * factor + term;
    }
  }
  sums[id.x] = a + b + vec4f(c, c);
}
