// Products with rows that are mostly zeros, under every column of some groups: sums[target] += value * factors[index],
// or without what was there where KEEP is 0.
//
// x           runs as `Slices` in slices.ts lays them out
// columns     [columns]   the groups begin at `first`
// factors     weights [column from `begin` on][width], or residuals [slot][stride] behind the rows of other blocks
// sums        margins [slot][stride] behind the rows of other blocks, or partials [column from `begin` on][width];
//             in/out
//
// TRANSPOSED is 0 for margins, whose runs are rows, and 1 for the gradient, whose runs are columns. An invocation owns `each` runs; no
// two runs of a launch have the same target, so nothing is added by two at once.
// Grid: ceil(runs / each / WORKGROUP) x groups. Sizes: MODELS, WORKGROUP, LANES, TRANSPOSED, KEEP.
struct Params {
  at: u32,       // where the slices of this launch are listed
  runs: u32,
  first: u32,    // column where the groups of this launch begin
  stride: u32,   // rows of all blocks, padded
  offset: u32,   // rows before this block
  width: u32,    // numbers a column of weights, or of partials
  begin: u32,    // column of the first of those
  each: u32,     // runs of an invocation
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2u>;
@group(0) @binding(2) var<storage, read> columns: array<WeightColumn>;
@group(0) @binding(3) var<storage, read> factors: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  var of_factors = array<u32, MODELS>();
  var of_sums = array<u32, MODELS>();
  for (var m = 0u; m < MODELS; m++) {
    let column = params.first + group.y * MODELS + m;
    let of_rows = columns[column].slot * params.stride + params.offset;
    let of_column = (column - params.begin) * params.width;
    of_factors[m] = select(of_column, of_rows, TRANSPOSED == 1);
    of_sums[m] = select(of_rows, of_column, TRANSPOSED == 1);
  }
  let first = group.x * params.each * WORKGROUP + lane;
  let last = min(params.runs, first + params.each * WORKGROUP);
  for (var of_launch = first; of_launch < last; of_launch += WORKGROUP) {
    var at = x[params.at + of_launch / LANES].x + of_launch % LANES;
    let run = x[at];
    var totals = array<f32, MODELS>();
    at += LANES;
    let end = at + run.y * LANES;
    // Four at once: what is loaded next does not wait for the sum.
    for (; at + 3u * LANES < end; at += 4u * LANES) {
      let a = x[at];
      let b = x[at + LANES];
      let c = x[at + 2u * LANES];
      let d = x[at + 3u * LANES];
      for (var m = 0u; m < MODELS; m++) {
        let begin = of_factors[m];
        totals[m] += (bitcast<f32>(a.y) * factors[begin + a.x] + bitcast<f32>(b.y) * factors[begin + b.x])
          + (bitcast<f32>(c.y) * factors[begin + c.x] + bitcast<f32>(d.y) * factors[begin + d.x]);
      }
    }
    for (; at < end; at += LANES) {
      let entry = x[at];
      for (var m = 0u; m < MODELS; m++) { totals[m] += bitcast<f32>(entry.y) * factors[of_factors[m] + entry.x]; }
    }
    for (var m = 0u; m < MODELS; m++) {
      let sum = of_sums[m] + run.x;
      sums[sum] = select(0.0, sums[sum], KEEP == 1) + totals[m];
    }
  }
}
