// Of rows that have a value.
@group(0) @binding(8) var<storage, read> values: array<f32>;

fn truth_of(row: u32, column: WeightColumn) -> f32 {
  return values[row];
}

fn weight_of(row: u32, column: WeightColumn) -> f32 {
  return 1.0;
}
