// Pictures with their captions.
import { toBase64 } from '../../../core/encoding/base64.ts';
import type { Picture } from '../../../core/events.ts';
import { html, type Markup } from '../../markup.ts';
import { png } from '../../png.ts';
import { section } from './section.ts';

export function gallery(title: string, pictures: readonly Picture[], note?: string): Markup | false {
  const figures = pictures.map((picture) => {
    const source = `data:image/png;base64,${toBase64(png(picture))}`;
    return html`<figure>
      <img src="${source}" width="${picture.width}" height="${picture.height}" alt="${picture.caption}" class="${picture.kind}" />
      <figcaption>${picture.caption}</figcaption>
    </figure>`;
  });
  return pictures.length > 0 && section(title, html`<div class="gallery">${figures}</div>`, note);
}
