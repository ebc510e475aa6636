// The sum over all lanes of a subgroup, in each of them the same.
fn over_lanes(own: f32) -> f32 {
  var sum = own + subgroupShuffleXor(own, 1u);
  if (WORKGROUP > 2) { sum += subgroupShuffleXor(sum, 2u); }
  if (WORKGROUP > 4) { sum += subgroupShuffleXor(sum, 4u); }
  if (WORKGROUP > 8) { sum += subgroupShuffleXor(sum, 8u); }
  if (WORKGROUP > 16) { sum += subgroupShuffleXor(sum, 16u); }
  if (WORKGROUP > 32) { sum += subgroupShuffleXor(sum, 32u); }
  return sum;
}
