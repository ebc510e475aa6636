import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fasterSoftwareAdapter, vulkanDrivers } from '../../../src/runtime/node/device/installHints.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipeline-advice-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n', /bookworm-backports/],
  ['ID=debian\nVERSION_ID="13"\n', /^sudo apt install mesa-vulkan-drivers/],
  ['NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n', /^sudo apt install mesa-vulkan-drivers/],
  ['ID=fedora\nVERSION_ID=42\n', /^sudo dnf install/],
  ['ID=arch\n', /vulkan-swrast/],
  ['', /your system's Mesa/],
])('advice for %j', (release, advice) => {
  expect(fasterSoftwareAdapter(release)).toMatch(advice);
});

it('lists the driver manifests of the system, and says nothing where a variable names others', () => {
  mkdirSync(join(folder, 'vulkan', 'icd.d'), { recursive: true });
  writeFileSync(join(folder, 'vulkan', 'icd.d', 'mine_icd.json'), '{}');
  writeFileSync(join(folder, 'vulkan', 'icd.d', 'readme.txt'), '');
  expect(vulkanDrivers({ XDG_DATA_DIRS: `/nonexistent:${folder}` })).toContain('mine_icd.json');
  expect(vulkanDrivers({ XDG_DATA_DIRS: folder })).not.toContain('readme.txt');
  expect(vulkanDrivers({ VK_DRIVER_FILES: '/a.json' })).toBeUndefined();
});
