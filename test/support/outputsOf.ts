// What an example puts out, run from the command line with nothing kept.
import { expect } from 'vitest';
import { cli, jsonLines } from './cli.ts';

type Outputs = Record<string, Record<string, unknown>>;

export async function outputsOf(name: string): Promise<Outputs> {
  const { code, stdout, stderr } = await cli(['run', name, '--json', '--no-cache']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (jsonLines(stdout).at(-1) as { outputs: Outputs }).outputs;
}
