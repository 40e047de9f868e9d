// node:http defers to process.nextTick several times a request, and Node writes down each deferral in an object of one shape.
// V8 drops a shape of which nothing is left when it collects garbage, as in a server that is idle; having dropped it a few
// times it makes such objects property by property ever after, ten times as slowly. An object that is kept keeps the shape.
import { createHook } from 'node:async_hooks';

const kept: object[] = [];

/** Keeps deferring fast in this process, for good. To be called once, before requests come. */
export function keepTickShape(): void {
  const hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'TickObject') kept.push(resource);
    },
  });
  hook.enable();
  process.nextTick(() => undefined);
  hook.disable();
}
