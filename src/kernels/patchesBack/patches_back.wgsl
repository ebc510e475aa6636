// Back from patches to the pictures that they were of: each number of a picture gets the sum of what all places say that saw it.
//
// seen      [row][place][kernelLine][kernelColumn][quad]   f32 of four channels: how the loss of a row changes
// before    [row][line][column][quad]                      out: the same by the numbers of the picture
//
// An invocation has four channels of a pixel. Grid: ceil(rows * height * width * quads / WORKGROUP). Sizes: WORKGROUP.
struct Params {
  rows: u32,
  height: u32,
  width: u32,
  quads: u32,
  kernelHeight: u32,
  kernelWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> seen: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> before: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows * params.height * params.width * params.quads) { return; }
  let pixel = id.x / params.quads;
  let x = pixel % params.width;
  let line = pixel / params.width;
  let y = line % params.height;
  let high = params.height - params.kernelHeight + 1u;
  let wide = params.width - params.kernelWidth + 1u;
  let first_place = line / params.height * high * wide;
  let patch_quads = params.kernelHeight * params.kernelWidth * params.quads;
  // Places that see it have it in lines and columns of their patches that are neither before the first nor behind the last.
  let last = vec2u(min(y, params.kernelHeight - 1u), min(x, params.kernelWidth - 1u));
  let first = vec2u(y - min(y, high - 1u), x - min(x, wide - 1u));
  var sum = vec4f();
  for (var i = first.x; i <= last.x; i++) {
    for (var j = first.y; j <= last.y; j++) {
      let place = first_place + (y - i) * wide + x - j;
      sum += seen[place * patch_quads + (i * params.kernelWidth + j) * params.quads + id.x % params.quads];
    }
  }
  before[id.x] = sum;
}
