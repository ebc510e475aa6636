// The SVG that ECharts draws, made fit for a page: colours as variables, a name for who cannot see it, what a mark stands for as its
// title, and nothing that could clash with another chart.
import { escape, Markup } from '../markup.ts';
import { variableOf } from './colours.ts';
import { FONT_SIZE } from './echarts.ts';

/** What the marks of a series stand for, by the position of a mark; undefined for nothing to say. */
export type Titles = readonly (((mark: number) => string | undefined) | undefined)[];

/** @param name what the chart shows, for who cannot see it */
export function pageSvg(drawn: string, name: string, width: number, height: number, titles: Titles = []): Markup {
  const inner = drawn
    .replace(/^<svg[^>]*>|<\/svg>\s*$/g, '')
    // What answers to a pointer, and grounds that nobody sees.
    .replace(
      /<style[\s\S]*?<\/style>|<defs[\s\S]*?<\/defs>|<(rect|path) [^>]*(fill="none" pointer-events="visible" ecmeta|y="0" fill="none"|fill-opacity="0")[^>]*><\/\1>/g,
      '',
    )
    .replace(/<(\w+)([^>]*)>(<\/\1>)?/g, (_, tag: string, attributes: string, end = '') => opened(tag, attributes, end, titles))
    .replaceAll('\n', '');
  return new Markup(
    `<svg class="chart" role="img" aria-label="${escape(name)}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui,sans-serif" font-size="${FONT_SIZE}">${inner}</svg>`,
  );
}

function opened(tag: string, text: string, end: string, titles: Titles): string {
  const attributes = new Map([...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]));
  const title =
    attributes.get('ecmeta_ssr_type') === 'chart' && titles[Number(attributes.get('ecmeta_series_index'))]?.(Number(attributes.get('ecmeta_data_index')));
  for (const key of attributes.keys())
    if (/^(ecmeta_|class$|clip-path$|pointer-events$|xml:space$|style$|stroke-miterlimit$)/.test(key)) attributes.delete(key);
  const style = ['fill', 'stroke'].flatMap((key) => {
    const variable = variableOf(attributes.get(key) ?? 'none');
    // Any other is that of something without a size, such as the area of a line in a legend.
    if (attributes.has(key)) attributes.set(key, 'none');
    if (variable === undefined) return [];
    attributes.delete(key);
    return [`${key}:${variable}`];
  });
  const own = [...attributes].map(([key, value]) => ` ${key}="${value}"`).join('') + (style.length > 0 ? ` style="${style.join(';')}"` : '');
  if (title) return `<${tag}${own}><title>${escape(title)}</title></${tag}>`;
  return end === '' ? `<${tag}${own}>` : `<${tag}${own}/>`;
}
