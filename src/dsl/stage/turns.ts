// Work on the host that takes long lets others have their turn: signals, timers, pages.

/** Milliseconds after which others get theirs. */
const TURN = 50;
let began = 0;

/** Waits for others where the last turn is long over. */
export async function letOthersIn(): Promise<void> {
  if (performance.now() - began < TURN) return;
  await new Promise((done) => void setTimeout(done));
  began = performance.now();
}
