// One weight column of a batch of models, as `encodeWeightColumns` in weightColumn.ts writes it. 32 bytes.
struct WeightColumn {
  slot: u32,            // where this column's margins live: rows [slot * stride, (slot + 1) * stride)
  positive: u32,        // class code that counts as 1
  held_out: u32,        // fold whose rows this column is not trained on; NO_FOLD for none
  step: f32,            // the column stands at margins + step * direction
  positive_weight: f32, // weight of rows of the class `positive`
  negative_weight: f32, // weight of all other rows
  trial: f32,           // step along the next direction, where it is made and tried in one pass
  padding: u32,
}
