// Draws any chart by its name. Loaded when something is drawn: it brings ECharts along.
import { bars } from '../charts/bars.ts';
import { heatMap } from '../charts/heatMap.ts';
import { histogram } from '../charts/histogram.ts';
import { lines } from '../charts/lines.ts';
import { scatter } from '../charts/scatter.ts';
import { spread } from '../charts/spread.ts';
import type { Markup } from '../markup.ts';
import type { Chart } from './kinds.ts';

export { standAlone } from '../charts/standAlone.ts';

export function drawChart(chart: Chart): Markup {
  switch (chart.kind) {
    case 'lines':
      return lines(chart);
    case 'scatter':
      return scatter(chart);
    case 'bars':
      return bars(chart);
    case 'histogram':
      return histogram(chart);
    case 'heatMap':
      return heatMap(chart);
    case 'spread':
      return spread(chart, 'one value');
  }
}
