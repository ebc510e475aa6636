// The last layer of a network, of few units, on processors: from what the layer before made of rows to their losses, and back again.
//
// inputs    [part][row][input]      f32: what the layer before made, in one part, or sums of its units over parts of its own inputs; row 0
//                                   is the first of the batch
// constants [quad]                  from constantsAt on: constant terms of such sums
// weights   [input][unit]           f32, units in whole quads; behind all inputs, constant terms
// targets   [row]                   as in output_delta.wgsl
// counts    [row]                   what a row counts
// before    [row][input]            out: how the loss of a row, times what it counts, changes with the sums of the layer before
// losses    [row]                   out, from firstRow on: without what the row counts
// parts     [part][input][unit]     out: how the loss changes with the weights, sums of partRows rows each
//
// Lanes of a subgroup share a row: each has every WORKGROUP-th quad of inputs, of which the last is the 1 of constant terms. Its weights
// and their sums are in memory, as in byte_step.wgsl. Grid: parts. A workgroup is a subgroup. Sizes: VECTORS
// (ceil((inQuads + 1) / WORKGROUP)), FOUR (4), UNITS, JOINED (1: inputs are sums), ACTIVATION (of the layer before), KIND (0 several
// classes, 1 two classes, 2 values), WORKGROUP (lanes of a subgroup; 8 where it pays).
struct Params {
  rows: u32,
  firstRow: u32,
  inQuads: u32,
  outQuads: u32,
  // Units of the layer before, parts of their sums, and where its constant terms are.
  inUnits: u32,
  inParts: u32,
  constantsAt: u32,
  partRows: u32,
  // 0 writes sums, 1 adds them to what is there
  more: u32,
}

// No loss of a class is larger: -log(2^-52). `min` would take it for NaN, too, where weights became too large.
const MOST = 36.04365;

/** Of the inputs of a lane, numbers of all units. */
alias Kept = array<f32, VECTORS * FOUR * UNITS>;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inputs: array<vec4f>;
@group(0) @binding(2) var<storage, read> constants: array<vec4f>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> targets: array<f32>;
@group(0) @binding(5) var<storage, read> counts: array<f32>;
@group(0) @binding(6) var<storage, read_write> before: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> losses: array<f32>;
@group(0) @binding(8) var<storage, read_write> parts: array<f32>;

// What the layer before made, four units of it.
fn made(row: u32, quad: u32) -> vec4f {
  let at = row * params.inQuads + quad;
  if (JOINED == 0u) { return inputs[at]; }
  var sum = constants[params.constantsAt + quad];
  for (var part = 0u; part < params.inParts; part++) { sum += inputs[part * params.rows * params.inQuads + at]; }
  let is_unit = vec4u(quad * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.inUnits);
  return select(vec4f(), activate(ACTIVATION, sum), is_unit);
}

// Of a lane's number in its lists, the input.
fn input_of(i: u32, lane: u32) -> u32 { return (i / FOUR * WORKGROUP + lane) * FOUR + i % FOUR; }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let last = params.inQuads * 4u;
  let units = params.outQuads * 4u;
  var kept: Kept;
  var changes: Kept;
  for (var i = 0u; i < VECTORS * FOUR * UNITS; i++) {
    let input = input_of(i / UNITS, lane);
    kept[i] = select(0.0, weights[min(input, last) * units + i % UNITS], input <= last);
    changes[i] = 0.0;
  }
  let end = min((group.x + 1u) * params.partRows, params.rows);
  for (var row = group.x * params.partRows; row < end; row++) {
    var own = array<vec4f, VECTORS>();
    for (var v = 0u; v < VECTORS; v++) {
      let quad = v * WORKGROUP + lane;
      if (quad < params.inQuads) { own[v] = made(row, quad); } else { own[v].x = f32(quad == params.inQuads); }
    }
    var sums = array<f32, UNITS>();
    for (var v = 0u; v < VECTORS; v++) {
      for (var c = 0u; c < FOUR; c++) {
        for (var u = 0u; u < UNITS; u++) { sums[u] = fma(own[v][c], kept[(v * FOUR + c) * UNITS + u], sums[u]); }
      }
    }
    for (var u = 0u; u < UNITS; u++) { sums[u] = over_lanes(sums[u]); }

    let at = params.firstRow + row;
    var off = array<f32, UNITS>();
    var loss = 0.0;
    if (KIND == 0u) {
      let code = u32(targets[at]);
      var largest = sums[0u];
      for (var u = 0u; u < UNITS; u++) { largest = max(largest, sums[u]); }
      var total = 0.0;
      for (var u = 0u; u < UNITS; u++) { off[u] = exp(sums[u] - largest); total += off[u]; }
      for (var u = 0u; u < UNITS; u++) {
        off[u] = off[u] / total - f32(u == code);
        loss = select(loss, log(total) + largest - sums[u], u == code);
      }
      loss = select(loss, MOST, loss > MOST);
    } else if (KIND == 1u) {
      let sum = sums[0u];
      off[0u] = 1.0 / (1.0 + exp(-sum)) - targets[at];
      loss = max(sum, 0.0) + log(1.0 + exp(-abs(sum))) - targets[at] * sum;
      loss = select(loss, MOST, loss > MOST);
    } else {
      for (var u = 0u; u < UNITS; u++) {
        off[u] = sums[u] - targets[at * UNITS + u];
        loss += off[u] * off[u];
      }
      loss /= 2.0 * f32(UNITS);
    }
    if (lane == 0u) { losses[at] = loss; }

    for (var u = 0u; u < UNITS; u++) { off[u] *= counts[at]; }
    for (var v = 0u; v < VECTORS; v++) {
      var back = vec4f();
      for (var c = 0u; c < FOUR; c++) {
        for (var u = 0u; u < UNITS; u++) {
          back[c] = fma(off[u], kept[(v * FOUR + c) * UNITS + u], back[c]);
          changes[(v * FOUR + c) * UNITS + u] = fma(own[v][c], off[u], changes[(v * FOUR + c) * UNITS + u]);
        }
      }
      let quad = v * WORKGROUP + lane;
      if (quad < params.inQuads) { before[row * params.inQuads + quad] = back * slope(ACTIVATION, own[v]); }
    }
  }
  for (var i = 0u; i < VECTORS * FOUR * units; i++) {
    let input = input_of(i / units, lane);
    let unit = i % units;
    if (input <= last) {
      let at = (group.x * (last + 1u) + input) * units + unit;
      let sum = select(0.0, changes[i / units * UNITS + min(unit, UNITS - 1u)], unit < UNITS);
      parts[at] = select(sum, sum + parts[at], params.more == 1u);
    }
  }
}
