// OpenML on this machine: what its API answered to the tests of scikit-learn, with addresses of this server in place of its own.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { status, startFaultServer, whole, type Answer, type FaultServer } from './faultServer.ts';
import { ROOT } from './cli.ts';

const FOLDER = join(ROOT, 'test/fixtures/openml');

export interface OpenmlServer extends FaultServer {
  readonly api: string;
  /** Bytes of a file of a data set, as OpenML serves it. */
  readonly data: (id: number) => Buffer;
  /** What the API says of a data set, changed. */
  readonly describe: (id: number, changes: (description: Record<string, unknown>) => void) => void;
}

/** As OpenML says that it has nothing. */
export const NOTHING: Answer = status(412, { 'content-type': 'application/json' }, '{"error":{"code":"372","message":"No results"}}');

/** @param ids of data sets in `test/fixtures/openml`; others are unknown here */
export async function startOpenml(...ids: readonly number[]): Promise<OpenmlServer> {
  const server = await startFaultServer();
  const textOf = (id: number, name: string): string => gunzipSync(readFileSync(join(FOLDER, String(id), name))).toString();
  const data = (id: number): Buffer => gunzipSync(readFileSync(join(FOLDER, String(id), 'data.arff.gz')));
  const json = (value: unknown): Answer => whole(Buffer.from(JSON.stringify(value)));
  const describe: OpenmlServer['describe'] = (id, changes) => {
    const { data_set_description: description } = JSON.parse(textOf(id, 'description.json.gz')) as { data_set_description: Record<string, unknown> };
    description['url'] = `${server.url}file/${id}.arff`;
    changes(description);
    server.on(`json/data/${id}`, json({ data_set_description: description }));
  };
  for (const id of ids) {
    describe(id, () => {});
    server.on(`json/data/features/${id}`, whole(Buffer.from(textOf(id, 'features.json.gz'))));
    server.on(`file/${id}.arff`, whole(data(id)));
    for (const kind of ['active', 'deactivated']) {
      if (!existsSync(join(FOLDER, String(id), `${kind}.json.gz`))) continue;
      const listed = JSON.parse(textOf(id, `${kind}.json.gz`)) as { data: { dataset: readonly { did: number; name: string; version: number }[] } };
      const name = listed.data.dataset[0]!.name.toLowerCase();
      server.on(`json/data/list/data_name/${name}/limit/100/status/${kind}`, json(listed));
      for (const { version } of listed.data.dataset) {
        const own = { data: { dataset: listed.data.dataset.filter((one) => one.version === version) } };
        server.on(`json/data/list/data_name/${name}/limit/100/data_version/${version}${kind === 'active' ? '' : '/status/deactivated'}`, json(own));
      }
    }
  }
  return { ...server, api: `${server.url}json`, data, describe };
}
