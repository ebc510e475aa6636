// What gradient.wgsl and gradient_subgroups.wgsl bind; `x` at binding 1 comes with the rows' own prelude.
struct Params {
  words: u32,
  quads: u32,       // quads of this chunk
  offset: u32,      // quads before this chunk
  stride: u32,      // quads of all chunks
  first: u32,       // column where the groups of this launch begin
  columns: u32,     // columns of all groups
  block: u32,       // blocks before this chunk
  tiles: u32,       // tiles a block
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> columns: array<WeightColumn>;
@group(0) @binding(3) var<storage, read> residuals: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
