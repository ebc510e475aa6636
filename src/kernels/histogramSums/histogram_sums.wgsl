// Histograms of stretches, added up by node: a count and PARTS whole numbers of two words, the low one first, for each bin.
//
// histograms  [stretch][bin][1 + 2 PARTS]
// nodes       [node][2]                    its first stretch, and the one behind its last
// sums        [node][bin][1 + 2 PARTS]     out
//
// An invocation owns a bin of a node.
// Grid: ceil(bins / WORKGROUP) x nodes. Sizes: PARTS (1 or 2), WORKGROUP.
struct Params {
  bins: u32, // of a histogram
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> histograms: array<u32>;
@group(0) @binding(2) var<storage, read> nodes: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;

const STRIDE = u32(1 + 2 * PARTS);

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.bins) { return; }
  let node = nodes[id.y];
  var count = 0u;
  var parts = array<vec2u, PARTS>();
  for (var stretch = node.x; stretch < node.y; stretch++) {
    let at = (stretch * params.bins + id.x) * STRIDE;
    count += histograms[at];
    for (var part = 0u; part < PARTS; part++) {
      let low = parts[part].x + histograms[at + 1u + 2u * part];
      parts[part] = vec2u(low, parts[part].y + histograms[at + 2u + 2u * part] + u32(low < parts[part].x));
    }
  }
  let to = (id.y * params.bins + id.x) * STRIDE;
  sums[to] = count;
  for (var part = 0u; part < PARTS; part++) {
    sums[to + 1u + 2u * part] = parts[part].x;
    sums[to + 2u + 2u * part] = parts[part].y;
  }
}
