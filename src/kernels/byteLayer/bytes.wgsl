// What byte_layer.wgsl and byte_layer_gradient.wgsl share.
//
// All lanes of a subgroup look at the same row, and branch over those of its words that are 0; each has ACROSS units of its own. The
// numbers of its units are kept in one list for all rows: it is written, or read, by an index that is not known beforehand, so it stays
// in memory, of which every other access is the load of a whole vector.

/** Of WORDS words of inputs, four each, the numbers of ACROSS units. */
alias Kept = array<f32, WORDS * 4u * ACROSS>;

/** Units behind the last one are the last one again, and not written. */
fn unit_of(first: u32, across: u32) -> u32 { return min(first + across * WORKGROUP, params.outQuads * 4u - 1u); }

/** Four features of a row, as bytes; 0 behind the last ones. */
fn word_of(row: u32, word: u32) -> u32 {
  return select(0u, bytes[row * params.inQuads + min(word, params.inQuads - 1u)], word < params.inQuads);
}

fn features_of(word: u32) -> vec4f { return vec4f((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu)); }
