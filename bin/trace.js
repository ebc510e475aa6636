const t0 = performance.timeOrigin,
  rows = [[0, 'node start']];
let last = 0;
globalThis.__t = (n) => rows.push([performance.now(), n]);
globalThis.__t('bin');
process.on('exit', () => {
  globalThis.__t('exit');
  let p = 0;
  for (const [t, n] of rows) {
    process.stderr.write(`${t.toFixed(1).padStart(7)} +${(t - p).toFixed(1).padStart(6)} ${n}\n`);
    p = t;
  }
});
await import('../dist/bundled/main.js');
globalThis.__t('main done');
