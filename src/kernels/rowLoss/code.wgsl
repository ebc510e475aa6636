// Of rows that have a class: 1 for the class that a column tells from the others, -1 for those.
fn truth_of(row: u32, column: WeightColumn) -> f32 {
  return select(-1.0, 1.0, (rows[row] & 0xffffffu) == column.positive);
}

fn weight_of(row: u32, column: WeightColumn) -> f32 {
  return select(column.negative_weight, column.positive_weight, (rows[row] & 0xffffffu) == column.positive);
}
