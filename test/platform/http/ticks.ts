// Run as a child: defers many times, with garbage collected in between while nothing is deferred; `keep` keeps the shape.
import { setTimeout as sleep } from 'node:timers/promises';
import { keepTickShape } from '../../../src/platform/http/kept-shape.ts';

const ROUNDS = 6;
const DEFERRALS = 50_000;

if (process.argv[2] === 'keep') keepTickShape();
for (let round = 0; round < ROUNDS; round += 1) {
  await new Promise<void>((resolve) => {
    let left = DEFERRALS;
    const next = () => {
      left -= 1;
      if (left > 0) process.nextTick(next);
      else resolve();
    };
    next();
  });
  // Twice, each from an empty stack: what was dropped by the first is collected by the second.
  for (let times = 0; times < 2; times += 1) {
    await sleep(5);
    globalThis.gc?.();
  }
}
