// Loaded before the command line: its streams are a terminal of 80 columns that draws nothing live.
for (const stream of [process.stdout, process.stderr]) Object.assign(stream, { isTTY: true, columns: 80, rows: 24 });
