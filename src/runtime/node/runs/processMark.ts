// What tells a process from a later one with the same number: when it began.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Undefined where there is no such process, or the platform does not tell. */
export function processMark(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return linuxMark(pid);
    if (process.platform === 'win32') return undefined;
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 2000 });
    return started.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The boot, and clock ticks since. The name before them may hold anything, parentheses included. */
function linuxMark(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
}
