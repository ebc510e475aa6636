// What units make of sums over parts of their inputs.
//
// parts     [part][quad]            sums of four units of a row; a row has outQuads quads
// weights   [input][outQuad]        f32 of four units; behind all inputs, from constantsAt on, constant terms
// outputs   [quad]                  out: 0 behind the last unit, so that nothing is learned of what is no unit
//
// An invocation has EACH quads. Grid: ceil(quads / (EACH * WORKGROUP)). Sizes: EACH, WORKGROUP.
struct Params {
  quads: u32,
  outQuads: u32,
  units: u32,
  activation: u32,
  parts: u32,
  constantsAt: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parts: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> outputs: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  for (var i = 0u; i < EACH; i++) {
    let at = (group.x * EACH + i) * WORKGROUP + lane;
    if (at < params.quads) {
      let quad = at % params.outQuads;
      var sum = weights[params.constantsAt + quad];
      for (var part = 0u; part < params.parts; part++) { sum += parts[part * params.quads + at]; }
      let is_unit = vec4u(quad * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.units);
      outputs[at] = select(vec4f(), activate(params.activation, sum), is_unit);
    }
  }
}
