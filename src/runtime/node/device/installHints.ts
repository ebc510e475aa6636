// What to type for a faster or a first adapter, for the system at hand. Kept apart from the search: the sentences age,
// the search does not.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { homeFolder } from '../directories.ts';

/** How to get lavapipe of Mesa 24 or newer on Linux; 5 to 10 times faster than SwiftShader, 2 cores. */
export function fasterSoftwareAdapter(osRelease: string = readOsRelease()): string {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const family = `${field('ID')} ${field('ID_LIKE')}`;
  if (field('ID') === 'debian' && Number(field('VERSION_ID')) === 12) {
    return 'Add bookworm-backports to the apt sources, then: sudo apt install -t bookworm-backports mesa-vulkan-drivers';
  }
  if (/debian|ubuntu/.test(family)) return 'sudo apt install mesa-vulkan-drivers (Mesa 24 or newer)';
  if (/fedora|rhel|centos/.test(family)) return 'sudo dnf install mesa-vulkan-drivers (Mesa 24 or newer)';
  if (/arch/.test(family)) return 'sudo pacman -S vulkan-swrast';
  if (/suse/.test(family)) return 'sudo zypper install libvulkan_lvp Mesa-vulkan-device-select';
  return "Install your system's Mesa Vulkan drivers, version 24 or newer.";
}

/** Names of the Vulkan driver manifests on this system, such as `lvp_icd.json`; undefined where that cannot be told. */
export function vulkanDrivers(env: Readonly<Record<string, string | undefined>>): readonly string[] | undefined {
  if (env['VK_DRIVER_FILES'] || env['VK_ICD_FILENAMES'] || env['VK_ADD_DRIVER_FILES']) return undefined;
  return [...new Set(vulkanDriverFiles(env).map((path) => basename(path)))];
}

/** The manifests in the folders where Vulkan looks for them. */
export function vulkanDriverFiles(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const home = homeFolder(env) ?? '/';
  const roots = [
    env['XDG_CONFIG_HOME'] ?? join(home, '.config'),
    ...(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':'),
    '/etc',
    '/usr/local/etc',
    env['XDG_DATA_HOME'] ?? join(home, '.local/share'),
    ...(env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(':'),
    '/usr/local/share',
    '/usr/share',
    '/run/opengl-driver/share',
  ];
  return [...new Set(roots)].flatMap((root) => {
    const folder = join(root, 'vulkan', 'icd.d');
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => join(folder, name));
    } catch {
      return []; // most of these folders do not exist
    }
  });
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
