// One step of L-BFGS-B without bounds, for many models at once, each where it stands: takes in the loss and the gradient at the
// step tried, lets the line search judge it, and if it is accepted stops or chooses the next direction (two-loop recursion). What
// is to be evaluated next stands where margins.wgsl and the loss kernels read it. The rules are those of lbfgsb.ts, sums are pairs.
//
// losses    [model][lane]             f32 change of the loss, slope
// sums      [piece][column][word][4]  f32 partial gradients: pieces of a block are added as one workgroup would have added them
// affines   [slot][cols]              features as they are meant: scale (pair), offset (pair); where params.affine is 1
// states    [slot]
// vectors   [slot][VECTORS][classes][width] f32: x, gradient and direction, high and low parts, RING steps, RING changes of the gradient
// weights   [group][word][column of the group][4]  out: the direction over features on the device
// taken     [column]                  out: step that margins take before the next direction
// tried     [column]                  out: step to evaluate
//
// A workgroup has one model, a lane every WORKGROUP-th feature of all its columns: no lane reads what another wrote, but for sums.
// Models of a launch are those of its columns, in their order. Grid: models. Sizes: WORKGROUP (a power of two), TRACE.
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> losses: array<vec2f>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read> affines: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> states: array<State>;
@group(0) @binding(5) var<storage, read_write> vectors: array<f32>;
@group(0) @binding(6) var<storage, read_write> weights: array<f32>;
@group(0) @binding(7) var<storage, read_write> taken: array<WeightColumn>;
@group(0) @binding(8) var<storage, read_write> tried: array<WeightColumn>;

// Vectors of a model.
const X = 0u;
const GRADIENT = 2u;
const DIRECTION = 4u;
const STEPS = 6u;
const CHANGES = 17u;
const VECTORS = 28u;

// Where this model stands: every lane works it out alike.
var<private> it: Standing;
var<workgroup> said: u32;
var<workgroup> parts: array<vec4f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * params.classes;
  let slot = tried[first].slot / params.classes;
  let base = slot * VECTORS * params.classes * params.width;
  it = states[slot].it;
  let phase = agreed(lane, it.phase);
  if (params.take == ALL && phase == DONE) { it.taken = 0.0; }
  if (params.take != NOTHING && (phase == SEARCH || (phase == START && params.take == ALL))) {
    let found = loss_of(group.x, lane);
    let before = it;
    if (agreed(lane, u32(is_accepted(found))) == 1u) {
      // Without its gradient a step is judged again.
      if (params.take == LOSS) { it = before; } else { accept(first, slot, base, lane); }
    }
  }
  // A memory that leads uphill is forgotten, and the next try goes down the gradient.
  for (var attempt = 0u; attempt < 2u && params.take != LOSS; attempt++) {
    if (agreed(lane, it.phase) == TURN) { turn(slot, base, lane); }
  }
  if (lane == 0u) {
    states[slot].it = it;
    if (params.take == ALL) { states[slot].trace[params.round] = vec4f(f32(it.iterations), it.value, it.largest); }
    for (var c = 0u; c < params.classes; c++) {
      taken[first + c].step = it.taken;
      tried[first + c].step = it.step;
    }
  }
  for (var c = 0u; c < params.classes && params.take != LOSS; c++) { write_weights(first + c, c, slot, base, lane); }
}

// What lane 0 says, so that the compiler knows that all lanes go one way.
fn agreed(lane: u32, own: u32) -> u32 {
  if (lane == 0u) { said = own; }
  return workgroupUniformLoad(&said);
}

// Sums over all lanes, of two pairs. How often the loop turns is hidden, or drivers would write it out at every call.
fn total(lane: u32, own: vec4f) -> vec4f {
  workgroupBarrier();
  parts[lane] = own;
  for (var half = WORKGROUP / 2u + params.zero; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      let other = parts[lane + half];
      let mine = parts[lane];
      parts[lane] = vec4f(plus(mine.xy, other.xy), plus(mine.zw, other.zw));
    }
  }
  workgroupBarrier();
  return parts[0];
}

fn loss_of(model: u32, lane: u32) -> vec4f {
  var own = vec4f();
  for (var i = lane; i < params.lanes; i += WORKGROUP) {
    let part = losses[model * params.lanes + i];
    own = vec4f(more(own.xy, part.x), more(own.zw, part.y));
  }
  return total(lane, own);
}

// Whether the line search accepts the step tried. `found`: change of the loss there, and its slope.
fn is_accepted(found: vec4f) -> bool {
  let bent = times_number(it.bend, it.step);
  let value = plus(times(found.xy, it.inverse_weight), times_number(plus(it.pull, 0.5 * bent), it.step));
  let slope = plus(times(found.zw, it.inverse_weight), plus(it.pull, bent));
  let is_start = it.phase == START;
  it.evaluations++;
  it.taken = 0.0;
  if (is_start || advance(Sample(value, slope))) {
    it.taken = it.step;
    it.fell = -value.x;
    it.value = plus(it.value, value);
    return true;
  }
  it.trials++;
  if (it.trials == MOST_TRIALS) { forget(); }
  return false;
}

// Without any memory to forget, no step helps.
fn forget() {
  it.phase = select(TURN, DONE, it.pairs == 0u);
  it.status = STALLED;
  it.pairs = 0u;
  it.step = 0.0;
}

fn accept(first: u32, slot: u32, base: u32, lane: u32) {
  let phase = it.phase;
  let step = it.step;
  let place = (it.newest + 1u) % RING;
  let weight = it.inverse_weight;
  let tolerance = it.tolerance;
  for (var c = 0u; c < params.classes; c++) {
    for (var j = lane; j < params.width; j += WORKGROUP) {
      let s = step * vector(base, DIRECTION, c, j);
      put(base, STEPS + place, c, j, s);
      put_pair(base, X, c, j, more(pair_of(base, X, c, j), s));
    }
    sum_gradient(first + c, c, slot, base, lane);
  }
  var product = vec4f(); // s'y, y'y
  var most = 0.0;
  var above = -tolerance.x; // largest entry less the tolerance
  for (var j = lane; j < params.width; j += WORKGROUP) {
    var mean = vec2f();
    if (params.level == 1u) {
      for (var c = 0u; c < params.classes; c++) { mean = plus(mean, pair_of(base, DIRECTION, c, j)); }
      mean = over(mean, vec2f(f32(params.classes), 0.0));
    }
    for (var c = 0u; c < params.classes; c++) {
      let sum = minus(pair_of(base, DIRECTION, c, j), mean);
      let g = plus(times(sum, weight), times(penalty_at(j), pair_of(base, X, c, j)));
      let y = minus(g, pair_of(base, GRADIENT, c, j)).x;
      put_pair(base, GRADIENT, c, j, g);
      put_pair(base, DIRECTION, c, j, vec2f()); // a model that is done goes nowhere
      put(base, CHANGES + place, c, j, y);
      let s = vector(base, STEPS + place, c, j);
      product = vec4f(plus(product.xy, two_product(s, y)), plus(product.zw, two_product(y, y)));
      most = max(most, abs(g.x));
      above = max(above, minus(size(g), tolerance).x);
    }
  }
  product = total(lane, product);
  let largest = largest_of(lane, vec2f(most, above));
  it.largest = largest.x;
  it.phase = TURN;
  if (phase == START) {
    if (largest.y <= 0.0) { finish(CONVERGED); } else if (it.most_iterations == 0u) { finish(MOST_ITERATIONS); }
    return;
  }
  it.first = 0u;
  it.iterations++;
  let fell = it.fell;
  if (it.iterations >= it.most_iterations || it.evaluations > MOST_EVALUATIONS) {
    finish(MOST_ITERATIONS);
  } else if (largest.y <= 0.0) {
    finish(CONVERGED);
  } else if (fell <= 1.4210855e-14 * max(max(abs(it.value.x), abs(it.value.x + fell)), 1.0)) {
    finish(FLAT);
  } else if (product.x > 2.220446e-16 * step * abs(it.slope.x)) {
    if (lane == 0u) { states[slot].curvatures[place] = product.xy; }
    it.shrink = over(product.xy, product.zw);
    it.newest = place;
    it.pairs = min(it.pairs + 1u, MEMORY);
  }
}

fn finish(status: u32) {
  it.phase = DONE;
  it.status = status;
  it.step = 0.0;
}

// Into the direction, which is not needed any more: sums of feature * residual, of the features as they are meant.
fn sum_gradient(column: u32, c: u32, slot: u32, base: u32, lane: u32) {
  var residuals = vec2f();
  if (params.affine == 1u) {
    var own = vec2f();
    for (var piece = lane * params.pieces; piece < params.launched; piece += WORKGROUP * params.pieces) { own = more(own, partial(piece, column, params.cols)); }
    residuals = total(lane, vec4f(own, vec2f())).xy;
  }
  for (var j = lane; j < params.width; j += WORKGROUP) {
    var sum = vec2f();
    for (var piece = 0u; piece < params.launched; piece += params.pieces) { sum = more(sum, partial(piece, column, j)); }
    if (j < params.cols) {
      let affine = affine_at(slot, j);
      sum = plus(times(affine.xy, sum), times(affine.zw, residuals));
    }
    put_pair(base, DIRECTION, c, j, sum);
  }
}

// Scale and offset.
fn affine_at(slot: u32, j: u32) -> vec4f {
  if (params.affine == 0u) { return vec4f(1.0, 0.0, 0.0, 0.0); }
  return affines[slot * params.cols + j];
}

// Of the block that begins with a piece.
fn partial(first: u32, column: u32, j: u32) -> f32 {
  var sum = 0.0;
  for (var piece = first; piece < min(first + params.pieces, params.launched); piece++) {
    sum += sums[(piece * params.padded + column) * params.words * 4u + j];
  }
  return sum;
}

// The largest over all lanes, of two numbers.
fn largest_of(lane: u32, own: vec2f) -> vec2f {
  workgroupBarrier();
  parts[lane] = vec4f(own, 0.0, 0.0);
  for (var half = WORKGROUP / 2u + params.zero; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { parts[lane] = max(parts[lane], parts[lane + half]); }
  }
  workgroupBarrier();
  return parts[0].xy;
}

// The direction -H g by two loops over the pairs, newest first and then back; begins the line search along it. The inverse
// curvature between the loops is multiplied in at the end.
fn turn(slot: u32, base: u32, lane: u32) {
  let pairs = agreed(lane, it.pairs);
  storageBarrier(); // lane 0 may have kept a curvature
  let newest = it.newest;
  for (var c = 0u; c < params.classes; c++) {
    for (var j = lane; j < params.width; j += WORKGROUP) { put_pair(base, DIRECTION, c, j, -pair_of(base, GRADIENT, c, j)); }
  }
  let shrink = select(vec2f(1.0, 0.0), it.shrink, pairs > 0u);
  var alphas = array<vec2f, MEMORY>();
  for (var i = 0u; i < 2u * pairs; i++) {
    let is_back = i >= pairs;
    let age = select(i, 2u * pairs - 1u - i, is_back);
    let place = (newest + RING - age) % RING;
    let along = select(STEPS, CHANGES, is_back) + place;
    let across = select(CHANGES, STEPS, is_back) + place;
    var own = vec2f();
    for (var c = 0u; c < params.classes; c++) {
      for (var j = lane; j < params.width; j += WORKGROUP) {
        own = plus(own, times_number(pair_of(base, DIRECTION, c, j), vector(base, along, c, j)));
      }
    }
    var factor = -over(total(lane, vec4f(own, vec2f())).xy, states[slot].curvatures[place]);
    if (is_back) {
      factor = plus(over(-alphas[age], shrink), factor);
    } else {
      alphas[age] = factor;
    }
    for (var c = 0u; c < params.classes; c++) {
      for (var j = lane; j < params.width; j += WORKGROUP) {
        put_pair(base, DIRECTION, c, j, plus(pair_of(base, DIRECTION, c, j), times_number(factor, vector(base, across, c, j))));
      }
    }
  }
  // What is evaluated is f32, so the direction is.
  var along = vec4f(); // slope, square
  var own = vec4f();   // of the penalty: slope, second derivative
  for (var c = 0u; c < params.classes; c++) {
    for (var j = lane; j < params.width; j += WORKGROUP) {
      let d = times(pair_of(base, DIRECTION, c, j), shrink).x;
      put_pair(base, DIRECTION, c, j, vec2f(d, 0.0));
      let square = two_product(d, d);
      let penalty = penalty_at(j);
      let pull = times_number(pair_of(base, X, c, j), d);
      along = vec4f(plus(along.xy, times_number(pair_of(base, GRADIENT, c, j), d)), plus(along.zw, square));
      own = vec4f(plus(own.xy, times(penalty, pull)), plus(own.zw, times(penalty, square)));
    }
  }
  along = total(lane, along);
  own = total(lane, own);
  it.slope = along.xy;
  it.pull = own.xy;
  it.bend = own.zw;
  it.trials = 0u;
  if (it.slope.x < 0.0 && is_finite(along.x) && is_finite(along.z)) {
    it.phase = SEARCH;
    start_search(select(1.0, min(over(vec2f(1.0, 0.0), root(along.zw)).x, MOST_STEP), it.first == 1u));
  } else {
    forget();
    if (it.phase == DONE) { stay(base, lane); }
  }
}

// A model that is done goes nowhere, and 0 steps along what is beyond all numbers would.
fn stay(base: u32, lane: u32) {
  for (var c = 0u; c < params.classes; c++) {
    for (var j = lane; j < params.width; j += WORKGROUP) { put_pair(base, DIRECTION, c, j, vec2f()); }
  }
}

// The direction as margins.wgsl reads it, over features as they stand on the device; the constant behind them has its level.
fn write_weights(column: u32, c: u32, slot: u32, base: u32, lane: u32) {
  var members = 8u;
  var member = column % 8u;
  if (column >= params.eights) {
    members = params.tail;
    member = column - params.eights;
  }
  let group = (column - member) * params.words;
  var own = vec2f();
  for (var j = lane; j < params.width; j += WORKGROUP) {
    let weight = vector(base, DIRECTION, c, j);
    if (j == params.cols) {
      own = more(own, weight);
      continue;
    }
    let affine = affine_at(slot, j);
    own = plus(own, times_number(affine.zw, weight));
    weights[(group + (j >> 2u) * members + member) * 4u + (j & 3u)] = times_number(affine.xy, weight).x;
  }
  let level = total(lane, vec4f(own, vec2f()));
  if (lane == 0u) { weights[(group + (params.cols >> 2u) * members + member) * 4u + (params.cols & 3u)] = level.x; }
}

fn penalty_at(j: u32) -> vec2f {
  if (j < params.cols) { return it.penalty; }
  return times(it.penalty, it.share);
}

fn place_of(base: u32, kind: u32, c: u32, j: u32) -> u32 {
  return base + (kind * params.classes + c) * params.width + j;
}

fn vector(base: u32, kind: u32, c: u32, j: u32) -> f32 {
  return vectors[place_of(base, kind, c, j)];
}

fn put(base: u32, kind: u32, c: u32, j: u32, value: f32) {
  vectors[place_of(base, kind, c, j)] = value;
}

fn pair_of(base: u32, kind: u32, c: u32, j: u32) -> vec2f {
  return vec2f(vector(base, kind, c, j), vector(base, kind + 1u, c, j));
}

fn put_pair(base: u32, kind: u32, c: u32, j: u32, pair: vec2f) {
  put(base, kind, c, j, pair.x);
  put(base, kind + 1u, c, j, pair.y);
}
