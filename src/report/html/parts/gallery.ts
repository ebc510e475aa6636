// Pictures with their captions, stage by stage.
import { toBase64 } from '../../../core/encoding/base64.ts';
import type { Picture } from '../../../core/events.ts';
import { html, type Markup } from '../../markup.ts';
import { png } from '../../png.ts';
import type { Shown } from '../data.ts';
import { byStage } from './groups.ts';
import { section, type Section } from './section.ts';

export function gallery(title: string, pictures: readonly Shown[], note?: string): Section | false {
  return pictures.length > 0 && section(title, html`${byStage(pictures, pictureList)}`, note);
}

export function pictureList(pictures: readonly Picture[]): Markup {
  const figures = pictures.map((picture) => {
    const source = `data:image/png;base64,${toBase64(png(picture))}`;
    return html`<figure>
      <img src="${source}" width="${picture.width}" height="${picture.height}" alt="${picture.caption}" class="${picture.kind}" />
      <figcaption aria-hidden="true">${picture.caption}</figcaption>
    </figure>`;
  });
  return html`<div class="gallery">${figures}</div>`;
}
