// Predicts from a `model.json`: built as one file without dependencies, for pages and workers.
export { predictor, type Cell, type Predict, type Row, type RowPrediction } from './models/predictor/predictor.ts';
export type { JsonAttribute, JsonGraph, JsonNumber, JsonTensor, JsonValue, ModelColumn, ModelJson } from './models/predictor/modelJson.ts';
