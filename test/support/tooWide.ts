// What a page that is printed cuts off: there nobody scrolls.
import type { Page } from 'playwright-core';

/** A4 between margins of a centimetre, in pixels. */
const PAPER = 718;

/** Elements that reach beyond the paper, folded parts too, since those are printed. The page is as it was afterwards. */
export async function tooWide(page: Page): Promise<readonly string[]> {
  const before = page.viewportSize()!;
  await page.setViewportSize({ width: PAPER, height: 900 });
  await page.emulateMedia({ media: 'print' });
  const found = await page.evaluate(() =>
    [...document.querySelectorAll('main *')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
      .map((one) => `${one.closest('section')?.id}: ${one.tagName} ends at ${Math.round(one.getBoundingClientRect().right)}`),
  );
  await page.emulateMedia({ media: 'screen' });
  await page.setViewportSize(before);
  return [...new Set(found)];
}
