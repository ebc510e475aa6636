// Unrolls loops over compile-time sizes, and turns the arrays they walked into plain variables. Drivers differ: Mesa does
// this by itself, SwiftShader keeps such arrays in memory, which makes the inner loops several times slower. The .wgsl
// files stay valid WGSL, and every line keeps its number: an unrolled loop stands on the line where it began.

const LOOP = /for \(var (\w+) = 0u; \1 < (\w+); \1\+\+\) \{/;
const ARRAY = /var (\w+) = array<([^;]+), (\w+)>\(\);/g;

/**
 * @param sizes values by name; loops of the form `for (var i = 0u; i < NAME; i++) { ... }` over a NAME in `names` unroll; arrays are
 *   declared as `var a = array<T, NAME>();`
 * @returns WGSL that computes the same
 */
export function unroll(source: string, sizes: Readonly<Record<string, number>>, names: readonly string[]): string {
  if (names.length === 0) return source;
  // Comments go first: a line comment would swallow what an unrolled loop puts behind it.
  const code = source.replace(/\/\/[^\n]*/g, '');
  return splitArrays(unrollLoops(code, sizes, names), sizes);
}

function unrollLoops(code: string, sizes: Readonly<Record<string, number>>, names: readonly string[]): string {
  let done = '';
  let rest = code;
  for (let match = LOOP.exec(rest); match; match = LOOP.exec(rest)) {
    const [head, variable, size] = match as unknown as [string, string, string];
    const begin = match.index + head.length;
    const end = closing(rest, begin);
    const body = rest.slice(begin, end);
    const inner = unrollLoops(body, sizes, names);
    done += rest.slice(0, match.index);
    if (names.includes(size)) {
      const one = inner.replace(/\s*\n\s*/g, ' ');
      const copies = Array.from({ length: sizes[size]! }, (_, i) => `{${one.replace(new RegExp(`\\b${variable}\\b`, 'g'), `${i}u`)}}`);
      // The newlines of the body follow the copies, so that later lines keep their numbers.
      done += copies.join(' ') + '\n'.repeat(body.split('\n').length - 1);
    } else {
      done += `${head}${inner}}`;
    }
    rest = rest.slice(end + 1);
  }
  return done + rest;
}

/** Index of the brace that closes the block whose text begins at `begin`. */
function closing(code: string, begin: number): number {
  let depth = 1;
  for (let i = begin; i < code.length; i++) {
    if (code[i] === '{') depth++;
    else if (code[i] === '}' && --depth === 0) return i;
  }
  throw new Error('internal: a loop without its closing brace');
}

/** An array that is only ever indexed by numbers becomes that many variables; nested ones from the outside in. */
function splitArrays(code: string, sizes: Readonly<Record<string, number>>): string {
  let out = code;
  for (const [declaration, name, type, length] of code.matchAll(ARRAY) as Iterable<[string, string, string, string]>) {
    const count = sizes[length] ?? Number.parseInt(length, 10);
    const otherUse = new RegExp(`\\b${name}\\b(?!\\[\\d+u\\])`);
    if (otherUse.test(out.replaceAll(declaration, ''))) continue;
    out = out.replaceAll(declaration, Array.from({ length: count }, (_, i) => `var ${name}_${i} = ${type}();`).join(' '));
    out = out.replace(new RegExp(`\\b${name}\\[(\\d+)u\\]`, 'g'), `${name}_$1`);
  }
  return out === code ? code : splitArrays(out, sizes);
}
