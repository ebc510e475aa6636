// Members of a node for adapters with subgroups: all lanes need the same ones, and a load from one address by all of them is not free.
// So each lane of a subgroup loads another member, and the subgroup hands them round.

fn members_from(first: u32, lane: u32, end: u32) -> vec2u {
  return members[min(first + lane, end - 1u)];
}

fn member(held: vec2u, first: u32, at: u32, end: u32) -> vec2u {
  return subgroupShuffle(held, at - first);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) own_lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  find_splits(lane, group, grid, own_lane, lanes);
}
