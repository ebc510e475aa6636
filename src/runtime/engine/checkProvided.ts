// What a stage provides, held against what it said.
import { PipelineError } from '../../core/errors/errors.ts';
import type { GraphNode } from '../../dsl/graph/graph.ts';
import { roleError } from '../../dsl/graph/order.ts';
import { placed } from '../../dsl/placed.ts';

/** What a stage returned must be what it said: every key, and rows of the role that the key stands for. */
export function checkProvided({ path, stage, provides }: GraphNode, adds: unknown): void {
  if (adds === null || typeof adds !== 'object') {
    throw new PipelineError(
      'E_STAGE',
      `Stage '${path}' returned ${adds === null ? 'null' : `a value of type ${typeof adds}`}; a record of what it adds is needed.`,
      {
        at: stage.at,
        stage: path,
        hint: provides.length > 0 ? `Return { ${provides.join(', ')} }.` : 'Return {}.',
      },
    );
  }
  for (const key of provides) {
    if (!(key in adds)) {
      throw new PipelineError('E_STAGE', `Stage '${path}' provides '${key}' but returned ${Object.keys(adds).join(', ') || 'nothing'}.`, {
        at: stage.at,
        stage: path,
        hint: `Return { ${key} }, or leave '${key}' out of provides.`,
      });
    }
    const wrong = roleError(path, key, (adds as Readonly<Record<string, { readonly role?: unknown } | null | undefined>>)[key]?.role);
    if (wrong) throw placed(wrong, stage.at, path);
  }
}
