// A chart as a file of its own. A file of its own, too: reports draw charts by it in the page, without what draws them anew.

/** What only those see whose screen is dark. */
const DARK = /@media \(prefers-color-scheme: dark\) \{[^}]*\}\s*\}/g;

/** The SVG of a page, for programs that know no variables: light, on white paper. */
export function standAlone(svg: string): string {
  return svg
    .replace(/var\(--[\w-]+,\s*(#\w+)\)/g, '$1')
    .replace(DARK, '')
    .replace('>', '><rect width="100%" height="100%" fill="#ffffff"/>');
}
