// Members of a node, loaded by every lane for itself.

fn members_from(first: u32, lane: u32, end: u32) -> vec2u {
  return vec2u();
}

fn member(held: vec2u, first: u32, at: u32, end: u32) -> vec2u {
  return members[min(at, end - 1u)];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u) {
  find_splits(lane, group, grid, 0u, 4u);
}
