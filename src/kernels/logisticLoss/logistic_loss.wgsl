// Loss of two classes. Towards the class that a row does not have, its loss is softplus(score), its share sigmoid(score).
fn loss_change(truth: f32, origin: f32, moved: f32) -> f32 {
  let away = -truth * origin;
  let step = -truth * moved;
  return select(softplus(away + step) - softplus(away), small_change(sigmoid(away), step), abs(step) <= 0.5);
}

fn loss_slope(truth: f32, margin: f32) -> f32 {
  return -truth * sigmoid(-truth * margin);
}

fn sigmoid(z: f32) -> f32 {
  let e = exp(-abs(z));
  return select(e, 1.0, z > 0.0) / (1.0 + e);
}
