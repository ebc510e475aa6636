// The one file that names ECharts: draws a chart as SVG text, without a page. The build bundles it with what it imports, once.
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridSimpleComponent, LegendPlainComponent } from 'echarts/components';
import { init, setPlatformAPI, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

export type { EChartsCoreOption as ChartOption } from 'echarts/core';
export type { CustomSeriesRenderItem as DrawItem } from 'echarts';

export const FONT_SIZE = 12;

use([CustomChart, LineChart, ScatterChart, GridSimpleComponent, LegendPlainComponent, SVGRenderer]);
setPlatformAPI({ measureText: (text) => ({ width: textWidth(text) }) });

/** What a text takes at most in the fonts of usual systems: no page is there to measure it. */
export function textWidth(text: string): number {
  return [...text].reduce(
    (sum, letter) => sum + FONT_SIZE * (letter > '\u2e80' ? 1 : /[\s.,:;'|!ijl()[\]]/.test(letter) ? 0.4 : /[mwMW%@]/.test(letter) ? 0.98 : 0.64),
    0,
  );
}

export function svgOf(option: EChartsCoreOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption(option);
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}
