// Back through max_pool.wgsl and the activation before it: how the loss of a row changes goes to the largest of each two by two
// numbers, the first of those that are equal, and to the others goes 0.
//
// made      [row][line][column][quad]              f32 of four filters, behind their activation
// pooled    [row][pooledLine][pooledColumn][quad]  how the loss changes with what was pooled
// deltas    [row][line][column][quad]              out: the same by the sums of the filters
//
// An invocation has four filters of a pooled number. Grid: ceil(rows * ceil(height / 2) * ceil(width / 2) * quads / WORKGROUP).
// Sizes: WORKGROUP.
struct Params {
  rows: u32,
  height: u32,
  width: u32,
  quads: u32,
  activation: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> made: array<vec4f>;
@group(0) @binding(2) var<storage, read> pooled: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> deltas: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= pooled_count(params.rows, params.height, params.width, params.quads)) { return; }
  // A number at an edge that stands there again is no first one, and what is written there is written once more below.
  let places = window_of(id.x, params.height, params.width, params.quads);
  let window = array<vec4f, 4>(made[places.x], made[places.y], made[places.z], made[places.w]);
  let largest = max(max(window[0], window[1]), max(window[2], window[3]));
  let delta = pooled[id.x] * slope(params.activation, largest);
  var open = vec4<bool>(true);
  var own = array<vec4f, 4>();
  for (var i = 0u; i < 4u; i++) {
    let first = open & (window[i] == largest);
    own[i] = select(vec4f(), delta, first);
    open = open & !first;
  }
  // From the last to the first: of places that are one, the first counts.
  deltas[places.w] = own[3];
  deltas[places.z] = own[2];
  deltas[places.y] = own[1];
  deltas[places.x] = own[0];
}
