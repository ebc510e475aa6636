// Whether the charts of an open page can be read: labels that overlap, that the edge of their chart cuts off, or that are faint.
import type { Page } from 'playwright-core';

/** What is wrong with the texts of each chart; empty where all can be read. */
export function unreadable(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const light = (color: string): number => {
      const [r, g, b] = color.match(/[\d.]+/g)!.map((part) => ((Number(part) / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! + 0.05;
    };
    const ground = light(getComputedStyle(document.body).backgroundColor);
    return [...document.querySelectorAll('svg.chart')].flatMap((svg) => {
      const edge = svg.getBoundingClientRect();
      if (edge.width === 0) return [`'${svg.getAttribute('aria-label')}' takes no room`];
      const labels = [...svg.querySelectorAll('text')]
        .filter((text) => text.textContent!.trim() !== '')
        .map((text) => {
          // Turned text would have a box much larger than itself: corners of the text's own box are turned instead.
          const { x, y, width, height } = text.getBBox();
          const at = text.getScreenCTM()!;
          // Boxes are taller than letters: what touches by a pixel or two can be read.
          const corners = [
            [x + 1, y + 2],
            [x + width - 1, y + 2],
            [x + width - 1, y + height - 2],
            [x + 1, y + height - 2],
          ].map(([px, py]) => ({ x: at.a * px! + at.c * py! + at.e, y: at.b * px! + at.d * py! + at.f }));
          return { text: text.textContent!, corners, fill: getComputedStyle(text).fill };
        });
      const clipped = labels.filter(({ corners }) => corners.some(({ x, y }) => x < edge.left || x > edge.right || y < edge.top || y > edge.bottom));
      const faint = labels.filter(({ fill }) => Math.max(light(fill), ground) / Math.min(light(fill), ground) < 4);
      // Two turned boxes are apart where a side of one of them parts them.
      type Label = (typeof labels)[number];
      const apart = (a: Label, b: Label): boolean =>
        [a, b].some(({ corners }) =>
          [0, 1].some((i) => {
            const [from, to] = [corners[i]!, corners[i + 1]!];
            const along = ({ x, y }: { readonly x: number; readonly y: number }): number => x * (to.y - from.y) - y * (to.x - from.x);
            const [one, other] = [a.corners.map(along), b.corners.map(along)];
            return Math.max(...one) <= Math.min(...other) || Math.max(...other) <= Math.min(...one);
          }),
        );
      const covered = labels.flatMap((a, i) => labels.slice(i + 1).flatMap((b) => (apart(a, b) ? [] : [`'${a.text}' and '${b.text}' overlap`])));
      return [...clipped.map(({ text }) => `'${text}' is cut off`), ...faint.map(({ text }) => `'${text}' is faint`), ...covered];
    });
  });
}
