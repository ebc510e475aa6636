// What a WGSL text declares, as far as a stage's own declarations can be held against it: resources, structs, entry points.
// A reader of declarations, not a parser: what it does not understand it leaves to the compiler.

export interface Resource {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  readonly space: 'uniform' | 'storage';
  readonly access: 'read' | 'write';
  /** As written, without spaces. */
  readonly type: string;
  /** The declaration as written, in one line. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Named anywhere else in the text. */
  readonly used: boolean;
}

export interface EntryPoint {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

const RESOURCE = /((?:@\w+\s*(?:\([^)]*\))?\s*)+)var\s*<\s*(uniform|storage)\s*(?:,\s*(\w+)\s*)?>\s*(\w+)\s*:\s*([^;]+);/g;
const ENTRY = /@compute\b[^;{}]*?\bfn\s+(\w+)/g;

/** The text with every comment as spaces: places stay. */
export function withoutComments(text: string): string {
  let code = '';
  for (let at = 0; at < text.length;) {
    const end = text.startsWith('//', at) ? endOfLine(text, at) : text.startsWith('/*', at) ? endOfBlock(text, at) : at;
    code += end > at ? text.slice(at, end).replace(/[^\n]/g, ' ') : text[at]!;
    at = Math.max(end, at + 1);
  }
  return code;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Blocks nest. */
function endOfBlock(text: string, from: number): number {
  let depth = 0;
  for (const { 0: mark, index } of text.slice(from).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return from + index + 2;
  }
  return text.length;
}

/** @param code without comments */
export function resourcesIn(code: string): readonly Resource[] {
  return [...code.matchAll(RESOURCE)].map((match) => {
    const [text, attributes, space, access = 'read', name, type] = match as unknown as [
      string,
      string,
      'uniform' | 'storage',
      string | undefined,
      string,
      string,
    ];
    const attribute = (which: string): number => Number(new RegExp(`@${which}\\s*\\(\\s*(\\d+)[ui]?\\s*,?\\s*\\)`).exec(attributes)?.[1] ?? NaN);
    return {
      group: attribute('group'),
      binding: attribute('binding'),
      name,
      space,
      access: access === 'read_write' ? 'write' : 'read',
      type: type.replace(/\s+/g, ''),
      text: text.slice(text.indexOf('var')).replace(/\s+/g, ' '),
      ...placeAt(code, match.index + text.search(/var\s*</)),
      used: [...code.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1,
    };
  });
}

/** What the text enables. @param code without comments */
export function enabledIn(code: string): readonly string[] {
  return [...code.matchAll(/\benable\s+([\w\s,]+);/g)].flatMap(([, names]) => names!.split(',').map((name) => name.trim())).filter(Boolean);
}

/** Functions that are marked `@compute`. */
export function entryPointsIn(code: string): readonly EntryPoint[] {
  return [...code.matchAll(ENTRY)].map((match) => ({ name: match[1]!, ...placeAt(code, match.index) }));
}

/** Fields of a struct, in order; undefined for what is no struct of plain fields. */
export function fieldsOf(code: string, type: string): readonly { readonly name: string; readonly type: string }[] | undefined {
  const body = new RegExp(`\\bstruct\\s+${type}\\s*\\{([^}]*)\\}`).exec(code)?.[1];
  if (body === undefined || body.includes('@')) return undefined;
  const fields = body.split(/,(?![^<]*>)/).map((field) => /^\s*(\w+)\s*:\s*([\s\S]+?)\s*$/.exec(field));
  return fields.flatMap((field) => (field ? [{ name: field[1]!, type: resolved(code, field[2]!.replace(/\s+/g, '')) }] : []));
}

/** The scalar that a type is made of, such as f32 of array<vec4<f32>>; undefined where it is made of something else. */
export function scalarOf(code: string, type: string): string | undefined {
  const known = resolved(code, type);
  if (/^[fiu](32|16)$/.test(known)) return known;
  const short = /^(?:vec[234]|mat[234]x[234])([fiuh])$/.exec(known)?.[1];
  if (short) return short === 'h' ? 'f16' : `${short}32`;
  const inner = /^(?:array|vec[234]|mat[234]x[234]|atomic)<(.+)>$/.exec(known)?.[1];
  return inner === undefined ? undefined : scalarOf(code, inner.replace(/,[^<>]*$/, ''));
}

function resolved(code: string, type: string): string {
  const alias = /^\w+$/.test(type) ? new RegExp(`\\balias\\s+${type}\\s*=\\s*([^;]+);`).exec(code)?.[1] : undefined;
  return alias === undefined ? type : alias.replace(/\s+/g, '');
}

function placeAt(code: string, offset: number): { readonly line: number; readonly column: number } {
  const before = code.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
