// Loaded into a process before its program (`--import`): at SIGUSR2 it defers many times, with garbage collected in between
// while nothing is deferred, and says so. V8 tells which compiled code it throws away meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const ROUNDS = 6;
const DEFERRALS = 50_000;

setFlagsFromString('--trace-deopt');
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

process.once('SIGUSR2', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    await deferOften();
    // Twice, each from an empty stack: what was dropped by the first is collected by the second.
    for (let times = 0; times < 2; times += 1) {
      await sleep(5);
      collect();
    }
  }
  console.log('deferred');
});

function deferOften(): Promise<void> {
  return new Promise((resolve) => {
    let left = DEFERRALS;
    const next = () => {
      left -= 1;
      if (left > 0) process.nextTick(next);
      else resolve();
    };
    next();
  });
}
