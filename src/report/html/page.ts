// A run as one HTML page that needs nothing else: no network, no server, and for its figures no script. The script adds files of the
// charts, and a threshold that moves.
import type { RecordedStage, RunRecord } from '../../core/runRecord.ts';
import { html, jsonMarkup, Markup } from '../markup.ts';
import { scoreCurve, searchOf } from '../search.ts';
import type { Evidence } from './data.ts';
import { classReports } from './sections/classes.ts';
import { clusters, components } from './kinds/clusters.ts';
import { coefficients } from './kinds/coefficients.ts';
import { confusions } from './sections/confusion.ts';
import { curves, twoClassCurves } from './sections/curves.ts';
import { fetched } from './sections/fetched.ts';
import { figures } from './sections/figures.ts';
import { folds } from './sections/folds.ts';
import { gallery } from './parts/gallery.ts';
import { MOST_GROUPS, ofFirstStages } from './parts/groups.ts';
import { failure, header } from './sections/header.ts';
import { importances } from './kinds/importances.ts';
import { mistakes } from './sections/mistakes.ts';
import { provenance } from './sections/provenance.ts';
import { residuals } from './kinds/residuals.ts';
import { results } from './sections/results.ts';
import { scoreCurves, searchTables } from './sections/search.ts';
import { contents, folded } from './parts/section.ts';
import { graphOf } from './sections/graph.ts';
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
export function reportPage({ run, evidence: all, graph, style, script }: PageParts): string {
  const evidence = {
    ...all,
    curves: ofFirstStages(all.curves),
    coefficients: ofFirstStages(all.coefficients),
    histories: ofFirstStages(all.histories),
    importances: ofFirstStages(all.importances ?? []),
  };
  const having = (output: string): readonly RecordedStage[] => run.stages.filter((stage) => stage.output?.[output] !== undefined).slice(0, MOST_GROUPS);
  const searches = run.stages.flatMap((stage) => searchOf(stage) ?? []);
  const scored = run.stages.flatMap((stage) => scoreCurve(stage) ?? []);
  // The points of a search have a table; of their models the one that was kept is drawn.
  const searching = new Set(searches.map(({ stage }) => stage));
  const histories = evidence.histories.map((history) => (searching.has(history.stage) ? { ...history, models: history.models.slice(-1) } : history));
  // What came out first, then what tells how far to trust it, then what it was made of: that is folded, unless the run failed.
  const making = [training(histories), gallery('Rows shown', evidence.rows), fetched(evidence), graphOf(graph), stageTable(run), provenance(run)];
  const sections = [
    results(run.stages),
    searchTables(searches),
    classReports(run.stages),
    confusions(having('confusion')),
    curves(evidence),
    residuals(evidence),
    clusters(run.stages, evidence),
    mistakes(evidence),
    scoreCurves(scored),
    folds(having('foldScores')),
    coefficients(evidence),
    importances(evidence),
    components(evidence),
    gallery('Weights', evidence.weights, 'Red pixels speak for the class, blue ones against it.'),
    figures(evidence),
    ...(run.error ? making : making.map(folded)),
  ].filter((one) => one !== false);
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
        <main>${header(run)} ${run.error && failure(run.error)} ${contents(sections)} ${sections}</main>
        ${
          twoClassCurves(evidence).length > 0 &&
          html`<script type="application/json" id="data">
            ${jsonMarkup(twoClassCurves(evidence))}
          </script>`
        }
        ${
          // Nothing else needs a script.
          sections.some(({ text }) => /<svg class="chart"|class="graph"/.test(text)) &&
          html`<script>
            ${new Markup(script.replaceAll('</script', '<\\/script'))};
          </script>`
        }
      </body>
    </html>`;
  return page.text;
}
