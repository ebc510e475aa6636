// What a stage or a source may say of the world around it.

/** A path relative to the file that declares the stage, or a URL. */
export type NamedFile = string | URL;

/** What decides a stage's result beside its code, parameters and `needs`. `{}` says that nothing else does. */
export interface StageInputs {
  /** What it reads; a folder stands for everything in it. */
  readonly files?: readonly NamedFile[] | undefined;
  /** Names of environment variables. */
  readonly env?: readonly string[] | undefined;
  /** How long a result may be used again, such as `90s`, `15m`, `24h` or `7d`. */
  readonly validFor?: Duration | undefined;
}

export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;
