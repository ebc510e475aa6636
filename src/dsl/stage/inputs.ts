// What a stage says of the world around it: what decides its result beside its code, and what it leaves behind.
import type { NamedFile, StageInputs } from '../../core/declared.ts';
import { PipelineError, type SourcePlace } from '../../core/errors/errors.ts';

export type { Duration, NamedFile, StageInputs } from '../../core/declared.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)([smhd])$/;
const KNOWN: readonly string[] = ['files', 'env', 'validFor'] satisfies (keyof StageInputs)[];

/** Milliseconds; undefined for what is no duration. */
export function durationMs(text: string): number | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** The URL of a named file. @param at the place that names it */
export function fileUrl(file: NamedFile, at: SourcePlace | undefined): URL {
  if (file instanceof URL) return file;
  const path = file.split('/').map(encodeURIComponent).join('/');
  return new URL(path, at && `file://${at.file.split('/').map(encodeURIComponent).join('/')}`);
}

/** @throws E_USAGE for a declaration that no compiler looked at */
export function checkDeclared(id: string, inputs: StageInputs | undefined, outputs: readonly NamedFile[] | undefined, at: SourcePlace | undefined): void {
  const refuse = (message: string, hint: string): never => {
    throw new PipelineError('E_USAGE', `Stage '${id}': ${message}`, { at, hint });
  };
  const unknown = Object.keys(inputs ?? {}).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) refuse(`inputs has no '${unknown}'.`, `Its fields are ${KNOWN.join(', ')}.`);
  const { files = [], env = [], validFor } = inputs ?? {};
  for (const [what, list] of Object.entries({ 'inputs.files': files, 'inputs.env': env, outputs: outputs ?? [] })) {
    if (!Array.isArray(list)) refuse(`${what} is not a list.`, `Write ${what}: [${JSON.stringify(list)}], one entry for each.`);
  }
  if (validFor !== undefined && !durationMs(validFor))
    refuse(`validFor is '${validFor}', which is not a duration.`, "Write a number and s, m, h or d, such as '24h'.");
  for (const file of [...files, ...(outputs ?? [])]) {
    const local = file instanceof URL ? file.protocol === 'file:' : typeof file === 'string' && file !== '' && !file.includes('://');
    if (!local)
      refuse(
        `'${String(file)}' is not a file on this machine.`,
        "Name a path, or new URL('./name', import.meta.url); for what comes over the network, give validFor.",
      );
    if (typeof file === 'string' && !at && !file.startsWith('/'))
      refuse(`'${file}' is relative to the file that declares the stage, which is unknown.`, "Write new URL('./name', import.meta.url).");
  }
}
