// Squared hinge loss: the square of what a margin lacks of 1, towards the class that the row has.
fn loss_change(truth: f32, origin: f32, moved: f32) -> f32 {
  let lack = 1.0 - truth * origin;
  let step = -truth * moved;
  let before = max(lack, 0.0);
  let after = max(lack + step, 0.0);
  // Between two rows of loss, the move itself: their difference would have lost its digits.
  return select(after - before, step, before > 0.0 && after > 0.0) * (after + before);
}

fn loss_slope(truth: f32, margin: f32) -> f32 {
  return -2.0 * truth * max(1.0 - truth * margin, 0.0);
}
