// Elements without a framework: text is text, never markup.

type Child = Node | string | number | undefined | false;

/** An element with attributes (functions are listeners) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean | ((event: Event) => void) | undefined>> = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(
    ...children
      .flat()
      .filter((child) => child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : String(child))),
  );
  return element;
}

/** @throws Error with the server's sentence */
export async function getJson<T>(path: string): Promise<T> {
  const response = await answered(path);
  return (await response.json()) as T;
}

/** A part of a page that the server made, in which data is text. @throws Error with the server's sentence */
export async function getHtml(path: string): Promise<DocumentFragment> {
  const template = document.createElement('template');
  template.innerHTML = await (await answered(path)).text();
  return template.content;
}

async function answered(path: string): Promise<Response> {
  const response = await fetch(path);
  if (response.ok) return response;
  const { error } = (await response.json().catch(() => ({}))) as { readonly error?: string };
  throw new Error(error ?? `${path}: ${response.status}`);
}
