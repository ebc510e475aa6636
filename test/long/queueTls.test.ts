// A queue behind TLS, with a user and a password: both sides come through, and nobody is shown the password.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../support/files.ts';
import { farm, hasServer, queueServer } from '../support/queue.ts';

const PASSWORD = 'a-password-of-the-tests';
const FIT = `import { fetch, fit, iris, logisticRegression, pipeline, score, split } from 'pipeline-gpu';
export default pipeline('fit', fetch(iris()), split({ test: 0.2 }), fit(logisticRegression()), score({ on: 'test' }));
`;

/** An authority of the tests, and what it signed for 127.0.0.1. */
function certificates(): Readonly<Record<'ca' | 'key' | 'cert', string>> {
  const folder = tempFolder();
  const [ca, caKey, key, cert] = ['ca.pem', 'ca.key', 'key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string, string, string];
  const openssl = (...args: readonly string[]): unknown => execFileSync('openssl', args, { stdio: 'ignore' });
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl(...made, '-subj', '/CN=tests', '-keyout', caKey, '-out', ca);
  openssl(...made, '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-CA', ca, '-CAkey', caKey, '-keyout', key, '-out', cert);
  return { ca, key, cert };
}

test.each(['redis', 'valkey'] as const)('%s over TLS', async (kind) => {
  expect(hasServer(kind)).toBe(true);
  const { ca, key, cert } = certificates();
  const server = await queueServer(kind, onTestFinished);
  await server.kill();
  const port = server.port + (server.port > 60_000 ? -1 : 1);
  const tls = ['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca, '--tls-auth-clients', 'no'];
  await server.start([...tls, '--requirepass', PASSWORD]);
  const url = `rediss://default:${PASSWORD}@127.0.0.1:${port}`;
  const here = farm({ ...server, url }, { 'fit.ts': FIT });
  const env = { NODE_EXTRA_CA_CERTS: ca };
  // Whoever does not know the authority is told so.
  const stranger = await here.drive('fit.ts');
  expect(stranger.error).toMatchObject({ code: 'E_QUEUE', message: expect.stringMatching(/certificate/) });
  const worker = await here.worker('one', env);
  const driven = await here.drive('fit.ts', [], { env });
  expect(driven).toMatchObject({ code: 0, error: undefined, by: { fit: 'one', score: 'one' } });
  const wrong = await here.run(['run', 'fit.ts', '--queue', url.replace(PASSWORD, 'not-the-password')], {
    env: { ...env, PIPELINE_QUEUE_SECRET: 'a secret of the tests' },
  });
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('does not let this user in');
  const kept = (
    readdirSync(here.folder, { recursive: true, withFileTypes: true }) as unknown as readonly { isFile(): boolean; parentPath: string; name: string }[]
  )
    .filter((one) => one.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
  expect(kept.length).toBeGreaterThan(3);
  for (const text of [stranger.stdout, stranger.stderr, driven.stdout, driven.stderr, worker.text(), ...kept]) expect(text).not.toContain(PASSWORD);
  for (const text of [wrong.stdout, wrong.stderr]) expect(text).not.toContain('not-the-password');
});
