// The kernel of a notebook that this runs in, if any: Deno's own, or tslab on Node. Both are known by what they put among the
// globals, so that nothing is loaded to ask.
import type { Emit } from './events.ts';

/** The method by which a value shows itself; kernels look for it. */
export const DISPLAY = Symbol.for('Jupyter.display');
/** What Node's console prints of a value, which is all that tslab shows of the last value of a cell. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The same by MIME type; bytes in base64. A notebook takes the richest that it can show. */
export interface MimeBundle {
  readonly 'text/plain': string;
  readonly 'text/html'?: string;
  readonly 'image/png'?: string;
  readonly 'image/svg+xml'?: string;
}

export interface Kernel {
  /** @param id of a place that is written anew each time */
  show(bundle: MimeBundle, id?: string): Promise<void>;
}

interface Globals {
  readonly Deno?: { readonly jupyter?: { broadcast(type: string, content: object): Promise<void> } };
  readonly __tslab__?: { require(name: 'tslab'): { newDisplay(): TslabPlace } };
}

interface TslabPlace {
  raw(type: string, content: string): void;
}

/** How long Deno's kernel takes to send what it was given. */
const SENT_MS = 50;
const places = new Map<string, TslabPlace | undefined>();

export function kernel(): Kernel | undefined {
  const { Deno, __tslab__: tslab } = globalThis as Globals;
  const jupyter = Deno && jupyterOf(Deno);
  if (jupyter) {
    return {
      async show(bundle, id) {
        const type = id !== undefined && places.has(id) ? 'update_display_data' : 'display_data';
        if (id !== undefined) places.set(id, undefined);
        await jupyter.broadcast(type, { data: bundle, metadata: {}, transient: id === undefined ? {} : { display_id: id } });
        // Else the end of the cell may overtake it: of 80 cells run by nbconvert 4 had lost what they showed, and with this wait none.
        await new Promise((resolve) => setTimeout(resolve, SENT_MS));
      },
    };
  }
  if (!tslab) return undefined;
  return {
    async show(bundle, id = '') {
      const place = places.get(id) ?? tslab.require('tslab').newDisplay();
      if (id !== '') places.set(id, place);
      // It takes one type at a time.
      const type = (['text/html', 'image/svg+xml', 'image/png', 'text/plain'] as const).find((one) => bundle[one] !== undefined)!;
      place.raw(type, bundle[type]!);
    },
  };
}

/** Outside a notebook Deno throws, or has none. */
function jupyterOf(deno: NonNullable<Globals['Deno']>): { broadcast(type: string, content: object): Promise<void> } | undefined {
  try {
    return deno.jupyter;
  } catch {
    return undefined;
  }
}

/** Gives a value its {@link DISPLAY}, unseen by what looks at its fields. @param line what Node's console is to print of it */
export function withDisplay<T extends object>(value: T, display: () => MimeBundle | Promise<MimeBundle>, line?: string): T {
  if (!Object.isExtensible(value)) return value;
  Object.defineProperty(value, DISPLAY, { value: display, configurable: true });
  if (line !== undefined) Object.defineProperty(value, INSPECT, { value: () => line, configurable: true });
  return value;
}

/** What shows a run in the notebook where it was started. */
export interface RunView {
  readonly see: Emit;
  /** Shows all that it saw, once the run is over, and lets the result show itself. */
  close<T extends object>(result: T): Promise<T>;
}

let open: ((kernel: Kernel) => Promise<RunView>) | undefined;

/** What draws is loaded where there is a notebook. */
export function provideRunView(openView: (kernel: Kernel) => Promise<RunView>): void {
  open = openView;
}

/** Undefined outside notebooks. */
export async function openRunView(): Promise<RunView | undefined> {
  const found = kernel();
  return found && open?.(found);
}
