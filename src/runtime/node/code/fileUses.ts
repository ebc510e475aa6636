// What printed code does with files, other programs and the network, going by the modules of Node that it imports.
import type { CodeUse } from '../../keys/codeUses.ts';
import type { FoundUse } from './markedCode.ts';

const FILES = 'fs|fs/promises';
/** Whatever is done with these, nobody sees what comes in. */
const OUTSIDE = 'child_process|sqlite|http|https|http2|net|tls|dgram|undici|axios|got|node-fetch';
const IMPORT = new RegExp(`(?:import|export) ?([^"'\`();]*?) ?from ?["'](?:node:)?(${FILES}|${OUTSIDE}|process|crypto|perf_hooks)["']`, 'g');
const AT_ONCE = new RegExp(`(?<![\\w$]|(?<!\\.\\.)\\.)(?:import|require)\\(["'\`](?:node:)?(${FILES}|${OUTSIDE})["'\`]\\)`, 'g');
const WRITES = /^(?:write|append|createWriteStream|mkdir|mkdtemp|rm|unlink|rename|copyFile|cp|symlink|link|truncate|ftruncate|chmod|chown|utimes)/;
/** No file is touched. */
const HARMLESS = /^(?:constants|Stats|Dirent|ReadStream|WriteStream)$/;
const CHANCE = /(?<![\w$])(?:randomUUID|randomBytes|randomInt|randomFill|getRandomValues)(?:Sync)?(?![\w$])/g;

/** @param asset pattern of what stands where a known file is named */
export function fileUses(code: string, asset: string): readonly FoundUse[] {
  const imports = Array.from(code.matchAll(IMPORT));
  const atOnce = Array.from(code.matchAll(AT_ONCE), ({ index, 1: module }): FoundUse => ({ kind: 'reads', what: `node:${module}`, index }));
  if (imports.length === 0) return atOnce;
  // Imports name what they bring in; only what is done with it counts.
  const body = imports.reduce((text, { index, 0: whole }) => text.slice(0, index) + ' '.repeat(whole.length) + text.slice(index + whole.length), code);
  const uses = imports.flatMap(({ index, 0: whole, 1: clause, 2: module }): readonly FoundUse[] => {
    if (module === 'perf_hooks') return matches(body, /(?<![\w$])performance\.now\b/g, 'clock', () => 'performance.now');
    if (module === 'crypto') return matches(body, CHANCE, 'chance', ([text]) => text);
    if (whole.startsWith('export')) return [{ kind: 'reads', what: shownModule(module!), passedOn: true, index }];
    const bindings = bindingsOf(clause!);
    if (module === 'process') return bindings.flatMap(({ local }) => matches(body, nameOf(local), 'env', () => 'node:process'));
    if (!FILES.split('|').includes(module!)) return bindings.flatMap(({ local }) => matches(body, nameOf(local), 'reads', () => shownModule(module!)));
    return bindings.flatMap((binding) => usesOf(body, binding, asset));
  });
  return [...atOnce, ...uses];
}

interface Binding {
  readonly local: string;
  /** Of the module; absent for all of it. */
  readonly imported?: string;
}

/** `fs,{readFile as read,promises}`, `*as fs` */
function bindingsOf(clause: string): readonly Binding[] {
  const [, outer = '', named = ''] = /^([^{]*)(?:\{([^}]*)\})?/.exec(clause)!;
  const whole = Array.from(outer.matchAll(/(?:\*\s*as\s+)?([\w$]+)/g), ([, local]) => ({ local: local! }));
  const single = named.split(',').flatMap((text): readonly Binding[] => {
    const [imported, local = imported] = text.trim().split(/\s+as\s+/);
    if (!imported) return [];
    return imported === 'promises' || imported === 'default' ? [{ local: local! }] : [{ local: local!, imported }];
  });
  return [...whole, ...single];
}

/** A name where it is used, not where it is a field or a text. */
function nameOf(local: string): RegExp {
  return new RegExp(`(?<![\\w$"'/]|(?<!\\.\\.)\\.|node:)${local.replaceAll('$', '\\$')}(?![\\w$])`, 'g');
}

function usesOf(body: string, { local, imported }: Binding, asset: string): readonly FoundUse[] {
  const name = nameOf(local).source;
  const pattern = imported === undefined ? new RegExp(`${name}(?:\\.(?:promises|default))*(?:\\.(\\w+))?`, 'g') : new RegExp(name, 'g');
  return Array.from(body.matchAll(pattern)).flatMap(({ index, 0: text, 1: field }): readonly FoundUse[] => {
    const done = imported ?? field;
    if (done === undefined) return [{ kind: 'reads', what: 'node:fs', index }];
    if (HARMLESS.test(done)) return [];
    const behind = body.slice(index + text.length);
    const opensToWrite = /^open(?:Sync)?$/.test(done) && /^\([^()]*,["'](?:w|a|r\+)/.test(behind);
    if (WRITES.test(done) || opensToWrite) return [{ kind: 'writes', what: done, index }];
    // What is named so that it can be followed is part of the key.
    return new RegExp(`^\\((?:${asset})[,)]`).test(behind) ? [] : [{ kind: 'reads', what: done, index }];
  });
}

function matches(body: string, pattern: RegExp, kind: CodeUse['kind'], what: (found: RegExpMatchArray) => string): readonly FoundUse[] {
  return Array.from(body.matchAll(pattern), (found) => ({ kind, what: what(found), index: found.index }));
}

function shownModule(name: string): string {
  return /^(?:undici|axios|got|node-fetch)$/.test(name) ? name : `node:${name}`;
}
