// Where a stage's declarations and its WGSL say different things. Some of it the device refuses, in words about layouts;
// most of it (f32 read as u32, two bindings of one type swapped) no device sees, and the numbers are wrong.
import type { Kernel } from '../../core/compute.ts';
import { entryPointsIn, fieldsOf, resourcesIn, scalarOf, withoutComments, type Resource } from './wgslText.ts';

export interface Disagreement {
  readonly message: string;
  readonly hint: string;
  /** In the text; undefined for what is missing there. */
  readonly at?: { readonly line: number; readonly column: number };
}

/** The first disagreement between a kernel that a user declared and its text. @param file as users call it */
export function disagreementIn(kernel: Kernel, text: string, file: string): Disagreement | undefined {
  const code = withoutComments(text);
  const resources = resourcesIn(code);
  return entryPoint(code, file) ?? uniforms(kernel, code, resources, file) ?? bindings(kernel, code, resources, file);
}

function entryPoint(code: string, file: string): Disagreement | undefined {
  const points = entryPointsIn(code);
  if (points.some(({ name }) => name === 'main')) return undefined;
  const other = points[0];
  return {
    message: `${file} has no entry point 'main'${other ? `; its entry point is '${other.name}'` : ''}.`,
    hint: other ? `Call it main: fn main(...).` : `Write @compute @workgroup_size(64) fn main(...) { ... } in ${file}.`,
    ...(other ? { at: other } : {}),
  };
}

function bindings(kernel: Kernel, code: string, resources: readonly Resource[], file: string): Disagreement | undefined {
  const declared = Object.entries(kernel.bindings);
  const { elements = {} } = kernel;
  for (const [i, [name, access]] of declared.entries()) {
    const element = elements[name]!;
    const needed = `var<storage, ${access === 'read' ? 'read' : 'read_write'}> ${name}: array<${scalarIn(element)}>;`;
    const told = `binding ${i + 1} of stage '${kernel.name}' is ${name}: ${access === 'read' ? 'input' : 'output'}('${element}')`;
    const hint = `Write @group(0) @binding(${i + 1}) ${needed} in ${file}, or correct 'bindings' of the stage.`;
    const there = at(resources, i + 1);
    if (!there) {
      const elsewhere = resources.find((one) => one.name === name);
      return {
        message: `${capital(told)}; ${file} ${elsewhere ? `has '${name}' at @group(${elsewhere.group}) @binding(${elsewhere.binding})` : `has no @group(0) @binding(${i + 1})`}.`,
        hint,
        ...(elsewhere ? { at: elsewhere } : {}),
      };
    }
    const scalar = scalarOf(code, there.type);
    const swapped = there.name !== name && declared.some(([other]) => other === there.name);
    const mistyped = scalar !== undefined && scalar !== scalarIn(element);
    if (there.space === 'storage' && there.access === access && !mistyped && !swapped) continue;
    return { message: `${capital(told)}; ${file} declares ${there.text} there.`, hint, at: there };
  }
  const extra = resources.find(
    ({ group, binding, space, used }) => used && (space === 'storage' || binding !== 0) && (group !== 0 || binding > declared.length),
  );
  return extra && undeclared(kernel, extra, file);
}

/** What stands in the text for an element: numbers of fewer bytes than four arrive packed. */
function scalarIn(element: string): string {
  return element === 'u8' || element === 'u16' ? 'u32' : element;
}

function undeclared({ name }: Kernel, extra: Resource, file: string): Disagreement {
  return {
    message: `${file} uses '${extra.name}' at @group(${extra.group}) @binding(${extra.binding}), which is not a binding of stage '${name}'.`,
    hint: `Add it to 'bindings' of the stage, which are @group(0) @binding(1) and up in order, or take it out of ${file}.`,
    at: extra,
  };
}

function uniforms(kernel: Kernel, code: string, resources: readonly Resource[], file: string): Disagreement | undefined {
  const declared = Object.entries(kernel.params);
  const there = at(resources, 0);
  const told = declared.map(([name, type]) => `${name}: ${type}`).join(', ');
  if (!there) {
    if (declared.length === 0) return undefined;
    return {
      message: `Stage '${kernel.name}' has the uniforms { ${told} }; ${file} has no @group(0) @binding(0).`,
      hint: `Write struct Params { ${told} } and @group(0) @binding(0) var<uniform> params: Params; in ${file}.`,
    };
  }
  if (there.space !== 'uniform' || declared.length === 0) {
    if (!there.used) return undefined;
    return {
      message: `${file} declares ${there.text} at @binding(0), which is for the uniforms of stage '${kernel.name}': ${declared.length === 0 ? 'it has none' : `{ ${told} }`}.`,
      hint: `Bindings begin with @binding(1); @binding(0) is var<uniform>, with the fields of 'uniforms' in order.`,
      at: there,
    };
  }
  const fields = fieldsOf(code, there.type) ?? (scalarOf(code, there.type) === there.type ? [{ name: there.name, type: there.type }] : undefined);
  if (!fields) return undefined;
  const names = declared.map(([name]) => name);
  const wrong = fields.some(({ name, type }, i) => {
    const own = declared[i];
    if (!own) return true;
    const fits = type === own[1] || (type === 'i32' && own[1] === 'u32');
    return !fits || (name !== own[0] && names.includes(name));
  });
  if (!wrong) return undefined;
  return {
    message: `Stage '${kernel.name}' has the uniforms { ${told} }; ${file} declares { ${fields.map(({ name, type }) => `${name}: ${type}`).join(', ')} } as ${there.type}.`,
    hint: `Give both the same fields in the same order: u32 or f32 each.`,
    at: there,
  };
}

function at(resources: readonly Resource[], binding: number): Resource | undefined {
  return resources.find((one) => one.group === 0 && one.binding === binding);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
