// Calls commands of the command line one after the other, each as in a terminal of its own that is 80 columns wide: a process for each
// would take most of the time to start. Says on stdout what each said, as JSON.
import './asTerminal.js';

const [script, ...commands] = JSON.parse(process.argv[2]);
const write = process.stdout.write.bind(process.stdout);
// A command leaves by itself half a second after it is done; here others follow.
const later = globalThis.setTimeout;
globalThis.setTimeout = (call, ...rest) => (/process\.exit\(\)/.test(String(call)) ? { unref() {} } : later(call, ...rest));
process.setMaxListeners(0);
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
const said = [];
for (const [i, args] of commands.entries()) {
  let text = '';
  const keep = (part, ...rest) => {
    text += part;
    rest.findLast((one) => typeof one === 'function')?.();
    return true;
  };
  process.stdout.write = keep;
  process.stderr.write = keep;
  process.argv = [process.argv[0], script, ...args];
  process.exitCode = 0;
  const { finished } = await import(`${script}?${i}`);
  await finished;
  said.push({ args, code: process.exitCode, text });
}
write(JSON.stringify(said), () => process.exit(0));
