// What an L-BFGS search of one model is made of between launches, as `lbfgsState.ts` reads and writes it.
struct Params {
  zero: u32,        // see pair.wgsl
  take: u32,        // what of an evaluation is there: NOTHING, so that it is only said again what to evaluate; LOSS or ALL
  round: u32,       // which entry of its trace a model writes
  classes: u32,     // columns a model
  cols: u32,
  width: u32,       // parameters a column: cols, and the intercept where one is fitted
  lanes: u32,       // partial sums of the loss a model
  launched: u32,    // partial sums of the gradient a column
  pieces: u32,      // of them a block
  words: u32,       // four-feature words a row
  padded: u32,      // columns of all groups
  eights: u32,      // columns in groups of 8
  tail: u32,        // columns of the group behind them
  affine: u32,      // 1: rows stand in a frame
  level: u32,       // 1: only differences between the columns of a model tell
}

const NOTHING = 0u;
const LOSS = 1u;    // a step that the line search refuses has no need of a gradient
const ALL = 2u;

const START = 0u;   // value and gradient of the start are asked for
const SEARCH = 1u;  // those of a step along the direction
const TURN = 2u;    // a direction is to be chosen
const DONE = 3u;

const CONVERGED = 0u;
const MOST_ITERATIONS = 1u;
const FLAT = 2u;
const STALLED = 3u;

const MEMORY = 10u;
const RING = 11u;   // one place more: a pair is kept once its curvature is known
const MOST_TRIALS = 50u;
const MOST_EVALUATIONS = 15000u;
const MOST_STEP = 1e10;

struct Standing {
  phase: u32,
  status: u32,
  iterations: u32,
  evaluations: u32,
  trials: u32,              // of this line search
  pairs: u32,               // in memory
  newest: u32,              // place of the newest of them
  first: u32,               // 1: no step was taken yet
  closed: u32,              // of the line search, as all up to `other_step`
  modified: u32,
  most_iterations: u32,
  fell: f32,                // objective, by the step taken last
  step: f32,
  taken: f32,               // step that margins have yet to take
  lower: f32,
  upper: f32,
  width: f32,
  previous_width: f32,
  most_step: f32,
  best_step: f32,
  other_step: f32,
  largest: f32,             // entry of the gradient
  value: vec2f,             // objective where the direction begins
  slope: vec2f,             // along the direction
  pull: vec2f,              // of the penalty along the direction: slope, and second derivative
  bend: vec2f,
  best: Sample,
  other: Sample,
  inverse_weight: vec2f,    // 1 / sum of the weights of the rows
  penalty: vec2f,
  share: vec2f,             // of the penalty that an intercept has
  tolerance: vec2f,
  shrink: vec2f,            // s'y / y'y of the newest pair: the inverse curvature to begin with
}

struct State {
  it: Standing,
  curvatures: array<vec2f, RING>, // s'y of each pair
  trace: array<vec4f, TRACE>, // by round: iterations, value, largest entry of the gradient
}
