// `pipeline serve`: a saved model behind HTTP, until a signal ends it.
import type { Command } from 'commander';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import { askedModel } from '../asked.ts';
import { DEFAULTS, startServer } from './server.ts';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly maxRows: number;
  readonly maxBody: number;
  readonly maxWaiting: number;
  readonly timeout: number;
  readonly adapter?: string;
  readonly stage?: string;
}

/** @throws E_USAGE */
const whole =
  (option: string, least: number, most: number, usual: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new PipelineError('E_USAGE', `--${option} is '${text}'; a whole number from ${least} to ${most} is needed.`, {
      hint: `Write --${option} ${usual}, the default.`,
    });
  };

export function addServe(program: Command): void {
  program
    .command('serve')
    .argument('<model>', 'a .safetensors file that save wrote, a .onnx file, a model.json, or a recorded run: its id, the beginning of one, or last')
    .description(
      'Serves POST /predict, and /health, /ready, /metadata, /metrics and /openapi.json. SIGTERM and Ctrl-C stop it once the requests that have arrived are answered.',
    )
    .option('--host <address>', 'address to listen on: 127.0.0.1 is reached from this machine only, 0.0.0.0 from others, too', DEFAULTS.host)
    .option('--port <number>', 'port to listen on, 0 for any free one', whole('port', 0, 65_535, DEFAULTS.port), DEFAULTS.port)
    .option('--max-rows <number>', 'most rows of one request', whole('max-rows', 1, 1e6, DEFAULTS.maxRows), DEFAULTS.maxRows)
    .option('--max-body <bytes>', 'most bytes of one request', whole('max-body', 1, 1e9, DEFAULTS.maxBytes), DEFAULTS.maxBytes)
    .option(
      '--max-waiting <number>',
      'requests that wait for answers; more are told to come again',
      whole('max-waiting', 1, 1e5, DEFAULTS.maxWaiting),
      DEFAULTS.maxWaiting,
    )
    .option('--timeout <seconds>', 'time for a client to send its request', whole('timeout', 1, 3600, DEFAULTS.requestMs / 1000), DEFAULTS.requestMs / 1000)
    .option('--stage <path>', 'of a run: the stage that fitted the model, where several did')
    .option('--adapter <name>', 'host, auto (a device for many rows), or a device as for run (env PIPELINE_ADAPTER)')
    .addHelpText(
      'after',
      `\nExamples:\n  pipeline serve two.safetensors\n  pipeline serve last --port 9000\n  curl -H 'content-type: application/json' -d '{"rows": [{"rooms": 3}]}' \\\n    http://127.0.0.1:8080/predict`,
    )
    .action(async (wanted: string, { host, port, maxRows, maxBody, maxWaiting, timeout, adapter, stage }: Options) => {
      const asked = await askedModel(wanted, { adapter, stage });
      const options = { host, port, maxRows, maxBytes: maxBody, maxWaiting, requestMs: timeout * 1000 };
      const server = await startServer(asked, options, (error) => console.error(error)).catch((cause: unknown) => {
        throw new PipelineError('E_USAGE', `${host}:${port} cannot be listened on: ${reasonOf(cause)}`, {
          hint: ['EADDRINUSE', 'EACCES'].includes(String((cause as NodeJS.ErrnoException).code))
            ? 'Name another --port, or 0 for a free one.'
            : 'Name another --host: 127.0.0.1, or an address of this machine.',
          cause,
        });
      });
      process.stdout.write(`${server.url}\n`);
      await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()));
      await server.close();
    });
}
