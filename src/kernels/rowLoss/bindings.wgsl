// What the loss kernels bind.
struct Params {
  rows: u32,
  stride: u32,      // rows a slot
  lanes: u32,       // partials a model
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> row_weights: array<f32>;
@group(0) @binding(3) var<storage, read> columns: array<WeightColumn>;
@group(0) @binding(4) var<storage, read> margins: array<f32>;
@group(0) @binding(5) var<storage, read> direction: array<f32>;
@group(0) @binding(6) var<storage, read_write> residuals: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<vec2f>;
