// What margins.wgsl and margins_subgroups.wgsl bind; `x` at binding 1 comes with the rows' own prelude.
struct Params {
  words: u32,
  quads: u32,       // quads of this chunk
  offset: u32,      // quads before this chunk
  stride: u32,      // quads of all chunks
  first: u32,       // column where the groups of this launch begin
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read> columns: array<WeightColumn>;
@group(0) @binding(4) var<storage, read_write> direction: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> margins: array<vec4f>;
