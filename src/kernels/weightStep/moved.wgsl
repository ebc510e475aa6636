// What a solver makes of the gradient of four weights. Whoever uses it has `moments`, and among its params those of the solver.
//
// moments   [2][size]               Adam's means of gradients and of their squares; the last step of descent with momentum

// solver: 0 adam, 1 descent with momentum, 2 with Nesterov's. Gives what becomes of the weights.
fn moved(solver: u32, size: u32, at: u32, before: vec4f, gradient: vec4f) -> vec4f {
  if (solver == 0u) {
    let m = params.first * moments[at] + (1.0 - params.first) * gradient;
    let v = params.second * moments[size + at] + (1.0 - params.second) * gradient * gradient;
    moments[at] = m;
    moments[size + at] = v;
    return before - params.rate * m / (sqrt(v) + params.epsilon);
  }
  let velocity = params.first * moments[at] - params.rate * gradient;
  moments[at] = velocity;
  return before + select(velocity, params.first * velocity - params.rate * gradient, solver == 2u);
}
