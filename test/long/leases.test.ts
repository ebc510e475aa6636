// Sharded fits over workers of a queue whose workers, server and runs stop and die: the outcome is that of one process, bit by bit.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { shardFarm } from '../support/leases.ts';
import { hasServer, queueServer, type ServerKind } from '../support/queue.ts';

describe.each(['redis', 'valkey'] as const)('over %s', (kind: ServerKind) => {
  test.skipIf(!hasServer(kind))('a worker that stops, a server that restarts, a run that dies', async () => {
    const server = await queueServer(kind, onTestFinished);
    const here = await shardFarm(server);
    const [one] = await Promise.all([here.worker('one'), here.worker('two')]);
    await here.shaken({});
    // It stops with all that it is at, and is still connected.
    await here.shaken({ fit: () => one!.killAll('SIGSTOP'), 'cross-validate': () => one!.killAll('SIGCONT') });
    const restart = async (): Promise<void> => {
      await server.kill();
      await sleep(500);
      await server.start();
    };
    await here.shaken({ fit: () => void restart() });
    // Its workers are free for others.
    await here.started({ fit: (kill) => kill('SIGKILL') });
    const after = await here.drive('made.ts');
    expect(Object.keys(after.by)).toContain('fit');
    here.checkLast(after.outputs);
  });
});
