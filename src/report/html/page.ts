// A run as one HTML page that needs nothing else: no network, no server, and no script but for a threshold that moves.
import type { RunRecord } from '../../core/runRecord.ts';
import { html, jsonMarkup, Markup } from '../markup.ts';
import { scoreCurve, searchOf } from '../search.ts';
import type { Evidence } from './data.ts';
import { coefficients } from './sections/coefficients.ts';
import { confusions } from './sections/confusion.ts';
import { curves, twoClassCurves } from './sections/curves.ts';
import { failure } from './sections/failure.ts';
import { folds } from './sections/folds.ts';
import { gallery } from './sections/gallery.ts';
import { header } from './sections/header.ts';
import { provenance } from './sections/provenance.ts';
import { scores } from './sections/scores.ts';
import { scoreCurves, searchTables } from './sections/search.ts';
import { section } from './sections/section.ts';
import { stageTable } from './sections/stages.ts';
import { training } from './sections/training.ts';

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
  // The points of a search have a table; of their models the one that was kept is drawn.
  const histories = evidence.histories.map((history) =>
    searches.some(({ stage }) => stage === history.stage) ? { ...history, models: history.models.slice(-1) } : history,
  );
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
          ${scoreCurves(scored)} ${training(histories)} ${folds(run.stages)} ${curves(evidence)} ${confusions(run.stages)}
          ${gallery('Rows shown', evidence.rows)} ${coefficients(evidence)}
          ${gallery('Weights', evidence.weights, 'Red pixels speak for the class, blue ones against it.')}
          ${gallery('Most confident mistakes', evidence.mistakes, 'Rows of the test set that the model got wrong, the most confident first.')}
          ${provenance(run)}
        </main>
        ${
          // Nothing else needs a script.
          evidence.curves.some(({ positive }) => positive === undefined) &&
          html`<script type="application/json" id="data">
              ${jsonMarkup(twoClassCurves(evidence))}
            </script>
            <script>
              ${new Markup(script.replaceAll('</script', '<\\/script'))};
            </script>`
        }
      </body>
    </html>`;
  return page.text;
}
