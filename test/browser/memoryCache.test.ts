// A page cannot read code, so it keeps results of stages whose code cannot change while it lives, and of no others.
import { expect, test } from 'vitest';
import { fetch, stage } from '../../src/browser.ts';
import { graphOf } from '../../src/dsl/graph/graph.ts';
import type { AnyStage } from '../../src/dsl/stage/stage.ts';
import { memoryCache } from '../../src/runtime/browser/memoryCache.ts';
import { identify, type Identity } from '../../src/runtime/keys/identity.ts';

const identityOf = (one: AnyStage): Promise<Identity> => identify(graphOf([one]).nodes[0]!, {}, memoryCache().code, 0);

test("this package's stages are kept", async () => {
  const source = { name: 'known', digest: 'd1', code: [], load: () => Promise.reject(new Error('not read')) };
  expect((await identityOf(fetch(source))).key).toMatch(/^[0-9a-f]{64}$/);
});

test("a user's stages are not, in a bundle, where no files are known, either", async () => {
  const own = stage({ id: 'own', needs: [], provides: ['own'], run: () => ({ own: 1 }) }) as AnyStage;
  expect(own.files).toHaveLength(1);
  expect(await identityOf(own)).toMatchObject({ why: 'its code cannot be read: a page cannot tell what it imports' });
  const bundled = Object.assign(stage({ id: 'own', needs: [], provides: ['own'], run: () => ({ own: 1 }) }), { files: [] });
  expect(await identityOf(bundled)).toMatchObject({ why: 'its source files are unknown' });
});
