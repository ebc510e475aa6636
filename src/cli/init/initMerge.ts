// What the files of a project that was there before `pipeline init` lack, as commands to type and lines to add.

interface Package {
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * @param name of a file, from the project's folder
 * @param own what it says
 * @param template what it would say in a new project
 */
export function leftToDo(name: string, own: string, template: string): readonly string[] {
  if (name === 'package.json') return packageSteps(own, JSON.parse(template) as Package);
  if (name === 'tsconfig.json') return tsconfigSteps(own);
  if (name === '.gitignore') return ignoreSteps(own, template);
  return [];
}

function packageSteps(text: string, wanted: Package): readonly string[] {
  const own = parsed(text);
  if (own === undefined) return ['package.json is not valid JSON: correct it, then run `pipeline init` again'];
  const set = [
    ...(own.type === 'module' ? [] : ['type=module']),
    ...Object.entries(wanted.scripts ?? {})
      // What `npm init` writes for want of a test.
      .filter(([name]) => own.scripts?.[name] === undefined || own.scripts[name].includes('no test specified'))
      .map(([name, script]) => `"scripts.${name}=${script}"`),
  ];
  const installed = { ...own.dependencies, ...own.devDependencies };
  const lacking = (versions: Readonly<Record<string, string>> = {}): readonly string[] =>
    Object.entries(versions)
      .filter(([name]) => installed[name] === undefined)
      .map(([name, version]) => `"${name}@${version}"`);
  const [needed, tools] = [lacking(wanted.dependencies), lacking(wanted.devDependencies)];
  return [
    ...(set.length > 0 ? [`npm pkg set ${set.join(' ')}`] : []),
    ...(needed.length > 0 ? [`npm install ${needed.join(' ')}`] : []),
    ...(tools.length > 0 ? [`npm install --save-dev ${tools.join(' ')}`] : []),
  ];
}

function parsed(text: string): Package | undefined {
  try {
    return JSON.parse(text) as Package;
  } catch {
    return undefined;
  }
}

/** What the new files need of tsconfig.json, and how one says it. It may have comments, so it is not parsed. */
const SETTINGS: readonly (readonly [setting: string, said: RegExp])[] = [
  ['"module": "nodenext"', /"module"\s*:\s*"nodenext"/i],
  ['"types": ["node"]', /"types"\s*:\s*\[[^\]]*"node"/],
  ['"allowImportingTsExtensions": true', /"allowImportingTsExtensions"\s*:\s*true/],
  ['"noEmit": true', /"noEmit"\s*:\s*true/],
];

function tsconfigSteps(own: string): readonly string[] {
  const lacking = SETTINGS.filter(([, said]) => !said.test(own)).map(([setting]) => setting);
  return lacking.length > 0 ? [`tsconfig.json: the new files are checked with ${lacking.join(', ')}`] : [];
}

function ignoreSteps(own: string, template: string): readonly string[] {
  const lines = new Set(own.split(/\r?\n/).map((line) => line.replace(/^\/|\/$/g, '')));
  const lacking = template.split('\n').filter((line) => line !== '' && !lines.has(line));
  return lacking.length > 0 ? [`.gitignore: add ${lacking.join(' and ')}`] : [];
}
