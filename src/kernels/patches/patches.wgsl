// What a filter sees at each place of a picture, side by side: a convolution is then a layer of units.
//
// pictures  [row][line][column][channel]    f32; a row has rowFloats of them
// seen      [row][place][patchFloats]       out: lines of the patch, of its columns, of their channels; what is behind them stays
//
// An invocation has one place. Grid: ceil(rows * places / WORKGROUP). Sizes: WORKGROUP.
struct Params {
  rows: u32,
  firstRow: u32,
  rowFloats: u32,
  // Of a line of the picture
  lineFloats: u32,
  channels: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  placesHigh: u32,
  placesWide: u32,
  patchFloats: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pictures: array<f32>;
@group(0) @binding(2) var<storage, read_write> seen: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let places = params.placesHigh * params.placesWide;
  if (id.x >= params.rows * places) { return; }
  let place = id.x % places;
  let corner = place / params.placesWide * params.lineFloats + place % params.placesWide * params.channels;
  let begin = (params.firstRow + id.x / places) * params.rowFloats + corner;
  let wide = params.kernelWidth * params.channels;
  for (var line = 0u; line < params.kernelHeight; line++) {
    let source = begin + line * params.lineFloats;
    let to = id.x * params.patchFloats + line * wide;
    for (var i = 0u; i < wide; i++) { seen[to + i] = pictures[source + i]; }
  }
}
