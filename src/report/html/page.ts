// A run as one HTML page that needs nothing else: no network, no server, and for its figures no script. The script adds
// charts that answer to the pointer and a threshold that moves.
import { png } from '../png.ts';
import { number, outputLine, seconds, words } from '../terminal/format.ts';
import { toBase64 } from '../../core/encoding/base64.ts';
import type { AdapterSummary, Json, JsonRecord, Picture } from '../../core/events.ts';
import { pointName } from '../../core/pointNames.ts';
import type { RecordedStage, RunRecord } from '../../core/runRecord.ts';
import { drawnCurve, scoreCurve, searchCurve, searchOf, type ScoreCurve, type SearchTable } from '../search.ts';
import { coefficientsFigure } from './coefficients.ts';
import { curveFigure } from './curves.ts';
import { namesOf, type Evidence } from './data.ts';
import { html, jsonMarkup, Markup } from '../markup.ts';
import { curveTable, searchFigure } from './search.ts';

export interface PageParts {
  readonly run: RunRecord;
  readonly evidence: Evidence;
  /** The graph as SVG, where there is one. */
  readonly graph?: string | undefined;
  readonly style: string;
  readonly script: string;
}

/** The whole page. */
export function reportPage({ run, evidence, graph, style, script }: PageParts): string {
  const searches = run.stages.flatMap((stage) => searchOf(stage) ?? []);
  const scored = run.stages.flatMap((stage) => scoreCurve(stage) ?? []);
  const searched = [...searches.flatMap((search) => searchCurve(search) ?? []), ...scored.flatMap((curve) => drawnCurve(curve) ?? [])];
  // The points of a search have a table; of their models the one that was kept is drawn.
  const histories = evidence.histories.map((history) =>
    searches.some(({ stage }) => stage === history.stage) ? { ...history, models: history.models.slice(-1) } : history,
  );
  const charts = { histories, curves: evidence.curves, folds: run.stages.flatMap(foldsOf), searches: searched };
  const drawsCharts = Object.values(charts).some((list) => list.length > 0);
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <title>${run.pipeline}: run ${run.id}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <main>
          ${header(run)} ${run.error && failure(run.error)} ${scores(run.stages)}
          ${graph !== undefined && section('Graph', html`<div class="graph">${new Markup(graph)}</div>`)} ${stageTable(run)} ${searchTables(searches)}
          ${scoreCurves(scored, searched.length)} ${training(histories)} ${folds(run.stages)}
          ${evidence.curves.length > 0 && section('ROC and precision/recall', html`${evidence.curves.map(curveFigure)}`)} ${confusions(run.stages, evidence)}
          ${gallery('Rows shown', evidence.rows)}
          ${
            evidence.coefficients.length > 0 &&
            section(
              'Weights of features',
              html`${evidence.coefficients.map(coefficientsFigure)}`,
              'Of one unit of each feature, counted from 0: they compare where features have one scale.',
            )
          }
          ${gallery('Weights', evidence.weights, 'Red pixels speak for the class, blue ones against it.')}
          ${gallery('Most confident mistakes', evidence.mistakes, 'Rows of the test set that the model got wrong, the most confident first.')}
          ${provenance(run)}
        </main>
        ${
          // Without a chart there is nothing that a script could add.
          drawsCharts &&
          html`<script type="application/json" id="data">
              ${jsonMarkup(charts)}
            </script>
            <script>
              ${new Markup(script.replaceAll('</script', '<\\/script'))};
            </script>`
        }
      </body>
    </html>`;
  return page.text;
}

function section(title: string, content: Markup, note?: string): Markup {
  return html`<section>
    <h2>${title}</h2>
    ${note !== undefined && html`<p class="note">${note}</p>`} ${content}
  </section>`;
}

function header(run: RunRecord): Markup {
  const { pipeline, id, status, started, ms, seed } = run;
  const adapters = adaptersOf(run).map(({ name, driver, software }) => `${name}${software ? ' (software)' : ''}, ${driver}`);
  const when = new Date(started).toISOString().slice(0, 19).replace('T', ' ');
  return html`<header>
    <h1>${pipeline}</h1>
    <p>
      <span class="status ${status}">${status}</span> ${when} UTC${ms !== undefined && `, ${seconds(ms)}`}${seed !== undefined && `, seed ${seed}`}, run ${id}
    </p>
    ${adapters.length > 0 && html`<p class="note">Computed on ${adapters.join('; and on ')}</p>`}
  </header>`;
}

function failure({ code, message, hint, at, stage, causes = [] }: NonNullable<RunRecord['error']>): Markup {
  return html`<section class="failure" role="alert">
    <h2>${code}</h2>
    <p>${message}</p>
    ${at && html`<p class="note">${at.file}:${at.line}:${at.column}${stage !== undefined && `, stage ${stage}`}</p>`}
    ${causes.map((cause) => html`<p class="note">Because: ${cause}</p>`)} ${hint !== undefined && html`<p>Try: ${hint}</p>`}
  </section>`;
}

/** Outputs that are scores, as cards. */
const SCORES = [
  'testAccuracy',
  'validationAccuracy',
  'meanScore',
  'bestScore',
  'meanAccuracy',
  'rocAuc',
  'averagePrecision',
  'f1',
  'precision',
  'recall',
  'balancedAccuracy',
  'negLogLoss',
];

/** Which score a figure is, where its name does not say so. */
function scoringOf(name: string, output: JsonRecord): string | undefined {
  return (name === 'meanScore' || name === 'bestScore') && typeof output['scoring'] === 'string' ? output['scoring'] : undefined;
}

/** The figures people came for, accuracies with that of always answering the commonest class. */
function scores(stages: readonly RecordedStage[]): Markup | false {
  const cards = stages.flatMap(({ path, params = {}, output = {} }) => {
    const of = params['on'] === 'validation' ? `${path}, validation` : path;
    const best = isRecord(output['bestParams']) ? pointName(output['bestParams']) : undefined;
    return SCORES.flatMap((name) => {
      const value = output[name];
      if (typeof value !== 'number') return [];
      const scoring = scoringOf(name, output);
      const baseline = ['testAccuracy', 'validationAccuracy', 'meanAccuracy'].includes(name) || scoring === 'accuracy' ? output['majorityBaseline'] : undefined;
      return [
        html`<div class="card">
          <dt>${words(name)}${scoring !== undefined && ` (${words(scoring)})`} <small>${of}</small></dt>
          <dd>
            ${value.toFixed(4)} ${name === 'bestScore' && best !== undefined && html`<small>${best}</small>`}
            ${typeof baseline === 'number' && html`<small>majority class ${baseline.toFixed(4)}</small>`}
          </dd>
        </div>`,
      ];
    });
  });
  return cards.length > 0 && html`<dl class="cards" aria-label="Scores">${cards}</dl>`;
}

/** Of a cached result the time that it once took; records of earlier versions do not know it. */
function timeText(status: RecordedStage['status'], ms: number | undefined, computedMs: number | undefined): string {
  if (status === 'cached') return computedMs === undefined ? '' : `${seconds(computedMs)}, earlier`;
  return ms === undefined ? '' : seconds(ms);
}

/** Where the figures were computed: in this run, or in the earlier ones that the cache has them from. */
function adaptersOf({ adapter, stages }: RunRecord): readonly AdapterSummary[] {
  const all = [...(adapter ? [adapter] : []), ...stages.flatMap(({ computed }) => computed?.adapter ?? [])];
  return [...new Map(all.map((one) => [`${one.name} ${one.driver}`, one])).values()];
}

function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stageTable({ stages, params = {} }: RunRecord): Markup {
  const rows = stages.map(
    ({ path, status, ms, params: own, output = {}, computed }) =>
      html`<tr>
        <th scope="row">${path}</th>
        <td>${status}</td>
        <td class="number">${timeText(status, ms, computed?.ms)}</td>
        <td class="record">${outputLine(own)}</td>
        <td class="record">${outputLine(output)}</td>
      </tr>`,
  );
  return section(
    'Stages',
    html`<div class="scroll" tabindex="0" role="region" aria-label="Stages">
      <table>
        <thead>
          <tr>
            <th scope="col">stage</th>
            <th scope="col">status</th>
            <th scope="col" class="number">time</th>
            <th scope="col">parameters</th>
            <th scope="col">output</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`,
    Object.keys(params).length > 0 ? `Parameters of the pipeline: ${outputLine(params)}` : undefined,
  );
}

function searchTables(searches: readonly SearchTable[]): Markup | false {
  let drawn = 0;
  const figures = searches.map((search) => searchFigure(search, searchCurve(search) ? drawn++ : undefined));
  return (
    figures.length > 0 &&
    section('Search', html`${figures}`, 'Spread: the standard deviation of the folds. These folds cannot tell points apart that differ by less.')
  );
}

/** @param charts how many charts there are of searches and curves: those of curves are the last */
function scoreCurves(curves: readonly ScoreCurve[], charts: number): Markup | false {
  let drawn = charts - curves.filter((curve) => drawnCurve(curve)).length;
  const figures = curves.map((curve) => curveTable(curve, drawnCurve(curve) ? drawn++ : undefined));
  return figures.length > 0 && section('Curves', html`${figures}`, 'Scores far apart: the models learn their rows by heart. Both low: they are too simple.');
}

/** Whose losses they are, where the name of the stage does not say it. */
function lossOf(stage: string, models: Evidence['histories'][number]['models']): string {
  if (models.length > 1) return `: ${models.length} models trained together`;
  return stage.endsWith(models[0]!.model) ? '' : `: ${models[0]!.model}`;
}

function training(histories: Evidence['histories']): Markup | false {
  const charts = histories.map(
    ({ stage, models }, i) =>
      html`<figure>
        <figcaption>Loss of ${stage}${lossOf(stage, models)}</figcaption>
        <div class="chart" data-chart="history" data-index="${i}"></div>
        <details>
          <summary>As numbers</summary>
          <ul>
            ${models.slice(0, 100).map(({ model, loss }) => html`<li>${model}: ${number(loss.at(-1)!)} after ${loss.length - 1} iterations, from ${number(loss[0]!)}</li>`)}
          </ul>
        </details>
      </figure>`,
  );
  return charts.length > 0 && section('Training', html`${charts}`);
}

/** Fold scores of a stage's output, where it has such. */
function foldsOf({
  path,
  output,
}: RecordedStage): { readonly stage: string; readonly scoring: string; readonly scores: readonly (number | null)[]; readonly baseline?: number }[] {
  const { foldScores, majorityBaseline: baseline, scoring } = output ?? {};
  if (!Array.isArray(foldScores)) return [];
  const name = typeof scoring === 'string' ? scoring : 'score';
  return [
    { stage: path, scoring: name, scores: foldScores as (number | null)[], ...(name === 'accuracy' && typeof baseline === 'number' ? { baseline } : {}) },
  ];
}

function folds(stages: readonly RecordedStage[]): Markup | false {
  const charts = stages.flatMap(foldsOf).map(
    ({ stage, scoring, scores, baseline }, i) =>
      html`<figure>
        <figcaption>${words(scoring)} of ${stage} by fold${baseline !== undefined && `; the majority class alone gives ${baseline.toFixed(4)}`}</figcaption>
        <div class="chart short" data-chart="folds" data-index="${i}"></div>
        <p>${scores.map((score, fold) => `fold ${fold + 1}: ${score === null ? 'not defined' : score.toFixed(4)}`).join(', ')}</p>
      </figure>`,
  );
  return charts.length > 0 && section('Cross-validation', html`${charts}`);
}

function confusions(stages: readonly RecordedStage[], { curves }: Evidence): Markup | false {
  const tables = stages.flatMap(({ path, output = {} }) => {
    const { confusion } = output;
    if (!Array.isArray(confusion)) return [];
    return [
      confusionTable(
        path,
        confusion as number[][],
        namesOf(output, confusion.length),
        curves.findIndex(({ stage }) => stage === path),
      ),
    ];
  });
  return tables.length > 0 && section('Confusion matrix', html`${tables}`);
}

/** @param curve the curve whose threshold moves the counts; -1 for none */
function confusionTable(path: string, counts: readonly (readonly number[])[], names: readonly string[], curve: number): Markup {
  const most = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const cell = (count: number, i: number, j: number): Markup =>
    html`<td class="number cell" style="--share: ${most[i] ? (count / most[i]).toFixed(3) : 0}" data-cell="${i}${j}">${number(count)}</td>`;
  return html`<figure>
    <figcaption>${path}: rows are true classes, columns are predicted ones</figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
      <table class="confusion" ${curve >= 0 && new Markup(`data-curve="${curve}"`)}>
        <thead>
          <tr>
            <th scope="col">true</th>
            ${counts.map((_, j) => html`<th scope="col" class="number">${names[j]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${counts.map(
            (row, i) =>
              html`<tr>
                <th scope="row">${names[i]}</th>
                ${row.map((count, j) => cell(count, i, j))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </figure>`;
}

function gallery(title: string, pictures: readonly Picture[], note?: string): Markup | false {
  const figures = pictures.map((picture) => {
    const source = `data:image/png;base64,${toBase64(png(picture))}`;
    return html`<figure>
      <img src="${source}" width="${picture.width}" height="${picture.height}" alt="${picture.caption}" class="${picture.kind}" />
      <figcaption>${picture.caption}</figcaption>
    </figure>`;
  });
  return pictures.length > 0 && section(title, html`<div class="gallery">${figures}</div>`, note);
}

function provenance(run: RunRecord): Markup {
  const { id, version, machine, seed, stages } = run;
  const keys = stages.flatMap(({ path, key }) => (key === undefined ? [] : [html`<li>${path}: <code>${key}</code></li>`]));
  return section(
    'Provenance',
    html`<ul>
        <li>run ${id}, pipeline-gpu ${version}, root seed ${seed ?? '-'}</li>
        <li>${machine.cpu}, ${machine.platform}, Node ${machine.node}</li>
        ${adaptersOf(run).map(({ name, driver, vendor, architecture }) => html`<li>${name}, ${driver}, ${vendor} ${architecture}</li>`)}
      </ul>
      ${
        keys.length > 0 &&
        html`<details>
          <summary>Digests of everything that decided each result: parameters, inputs, code, shaders</summary>
          <ul class="keys">
            ${keys}
          </ul>
        </details>`
      }`,
  );
}
