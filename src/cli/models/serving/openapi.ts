// What the server takes and gives, as OpenAPI 3.1, from the columns and classes of the model.
import type { Json, JsonRecord } from '../../../core/events.ts';
import { version } from '../../version.ts';
import { namesOf, shapeOf, type Asked } from '../asked.ts';
import { hasProba } from './batches.ts';

/** What the model is, for whoever asks before sending rows. */
export function metadataOf(asked: Asked): JsonRecord {
  const { name, model, about } = asked;
  const { columns, cols, categories, gaps } = shapeOf(asked);
  return {
    name,
    kind: model.kind ?? 'classifier',
    columns: columns ? columns.map((column, j) => ({ name: column, ...(categories?.[j]?.length ? { names: categories[j] } : {}) })) : null,
    cols: cols ?? null,
    gaps,
    ...(model.classes ? { classes: namesOf(model), probabilities: hasProba(asked) } : {}),
    about,
    version,
  };
}

export function openApiOf(asked: Asked, mostRows: number): JsonRecord {
  const { columns, cols, categories, gaps } = shapeOf(asked);
  const numbers: JsonRecord = { type: gaps ? ['number', 'null'] : 'number' };
  const cell = (j: number): JsonRecord => {
    const names = categories?.[j];
    if (!names) return numbers;
    return names.length > 0 && names.length <= 100
      ? { type: gaps ? ['string', 'null'] : 'string', examples: names.slice(0, 3) }
      : { type: gaps ? ['string', 'null'] : 'string' };
  };
  const list: JsonRecord = { type: 'array', ...(cols === undefined ? {} : { minItems: cols, maxItems: cols }), items: categories ? {} : numbers };
  const row: JsonRecord = columns
    ? { anyOf: [{ type: 'object', required: [...columns], properties: Object.fromEntries(columns.map((column, j) => [column, cell(j)])) }, list] }
    : list;
  const rows = (items: Json): JsonRecord => ({ type: 'array', minItems: 1, maxItems: mostRows, items });
  const proba: JsonRecord = { type: 'boolean', default: false, description: 'Probabilities of the classes, too' };
  const { classes } = asked.model;
  const names = classes ? namesOf(asked.model) : undefined;
  const prediction: JsonRecord = names ? { enum: [...names] } : {};
  const answer: JsonRecord = {
    type: 'object',
    required: ['predictions'],
    properties: {
      predictions: { type: 'array', items: prediction },
      ...(hasProba(asked)
        ? {
            probabilities: { type: 'array', items: { type: 'object', properties: Object.fromEntries(names!.map((one) => [String(one), { type: 'number' }])) } },
          }
        : {}),
    },
  };
  const json = (schema: Json): JsonRecord => ({ 'application/json': { schema } });
  const error = (description: string): JsonRecord => ({ description, content: json({ $ref: '#/components/schemas/Error' }) });
  const get = (summary: string): JsonRecord => ({ get: { summary, responses: { '200': { description: summary } } } });
  return {
    openapi: '3.1.0',
    info: { title: asked.name, version },
    paths: {
      '/predict': {
        post: {
          summary: 'Predictions of rows',
          requestBody: {
            required: true,
            content: json({
              anyOf: [
                { type: 'object', required: ['rows'], properties: { rows: rows(row), proba }, additionalProperties: false },
                {
                  type: 'object',
                  required: ['data'],
                  properties: { columns: { type: 'array', items: { type: 'string' } }, data: rows({ type: 'array' }), proba },
                  additionalProperties: false,
                },
              ],
            }),
          },
          responses: {
            '200': { description: 'A prediction for each row, in their order', content: json(answer) },
            '400': error('Rows that do not fit, and which'),
            '413': error('Too many bytes'),
            '415': error('Something else than JSON'),
            '503': error('Too many requests are waiting, or the server is about to stop'),
          },
        },
      },
      '/health': get('Whether the server runs'),
      '/ready': get('Whether it takes requests'),
      '/metadata': get('What the model is'),
      '/metrics': get('Counts since the start, as Prometheus reads them'),
      '/openapi.json': get('This'),
    },
    components: {
      schemas: {
        Error: {
          type: 'object',
          required: ['error'],
          properties: {
            error: {
              type: 'object',
              required: ['code', 'message'],
              properties: { code: { type: 'string' }, message: { type: 'string' }, hint: { type: 'string' } },
            },
          },
        },
      },
    },
  };
}
