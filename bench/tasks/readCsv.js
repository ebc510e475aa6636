// Reads a CSV with one of the readers, in a process of its own, and says how long it took and how much memory there was at most.
// usage: node bench/tasks/readCsv.js READER FILE; `nothing` reads nothing, so that its memory is that of Node itself
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [reader, file] = process.argv.slice(2);

const READERS = {
  nothing: async () => async () => 0,
  async pipeline() {
    const { category, csv, number, table } = await import('pipeline-gpu');
    const { nodeSurroundings } = await import('../../dist/surroundings.js');
    const columns = (count, name, column) => Array.from({ length: count }, (_, i) => [`${name}_${i}`, column()]);
    const schema = Object.fromEntries([...columns(40, 'float', number), ...columns(5, 'integer', number), ...columns(5, 'category', category)]);
    const source = table(csv(pathToFileURL(file)), schema);
    return async () => (await source.load(undefined, { disk: nodeSurroundings() })).x.rows;
  },
  async duckdb() {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
    return async () => {
      await connection.run('CREATE TABLE rows AS SELECT * FROM read_csv($file)', { file });
      const [[rows]] = await (await connection.run('SELECT count(*) FROM rows')).getRows();
      return Number(rows);
    };
  },
  /** Splits only: every cell stays a text, and no row is kept. */
  async papaparse() {
    const { default: Papa } = await import('papaparse');
    return () =>
      new Promise((resolve, reject) => {
        let lines = 0;
        Papa.parse(createReadStream(file, { highWaterMark: 1 << 18 }), {
          skipEmptyLines: true,
          chunk: ({ data }) => void (lines += data.length),
          complete: () => resolve(lines - 1),
          error: reject,
        });
      });
  },
};

const read = await READERS[reader]();
const started = performance.now();
const rows = await read();
const ms = performance.now() - started;
console.log(JSON.stringify({ ms, rows, peakBytes: peakBytes() }));

/** What Linux tells of a process counts, at its start, the memory of the one that started it; what it tells of its memory does not. */
function peakBytes() {
  const status = '/proc/self/status';
  const kilobytes = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return Number(kilobytes ?? process.resourceUsage().maxRSS) * 1024;
}
