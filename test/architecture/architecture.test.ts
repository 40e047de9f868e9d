// The walls of the house (README, "The house"): order of wings and rooms, surfaces as leaves, names, sizes.
import { describe, expect, it } from '@jest/globals';
import { ROOMS, readHouse, roomOf } from './house.ts';

const house = readHouse();
const files = new Map(house.map((each) => [each.file, each]));
const orderOf = (room: string) => ROOMS.indexOf(room);

const HOT_PATH = [
  ...[
    'outpost',
    'reception',
    'endpoints',
    'dialects',
    'decision',
    'routing-table',
    'identity-headers',
    'pass',
    'ready-answer',
  ].map((name) => `protocol/outpost/${name}.ts`),
  ...['cookie', 'cache'].map((name) => `signin/session/${name}.ts`),
];
/** What a connection is made of. */
const CONNECTION = ['node:http', 'node:net', 'node:stream'];
const WITHIN_THE_FENCE = [...HOT_PATH, 'identity/access/access.ts', 'platform/telemetry/metrics.ts'];

describe('the house', () => {
  it('has only rooms of the plan', () => {
    const unknown = house
      .filter(({ room }) => room !== 'root' && !ROOMS.includes(room))
      .map(({ file }) => file);
    expect(unknown).toEqual([]);
  });

  it('lets a rule import only from its own room and those before it', () => {
    const upward = house
      .filter(({ room, isSurface }) => room !== 'root' && !isSurface)
      .flatMap(({ file, room, imports }) =>
        imports
          .filter((target) => orderOf(roomOf(target)) > orderOf(room))
          .map((target) => `${file} → ${target}`),
      );
    expect(upward).toEqual([]);
  });

  it('lets only the files directly under src/ import a surface', () => {
    const reached = house
      .filter(({ room }) => room !== 'root')
      .flatMap(({ file, room, imports }) =>
        imports
          .filter((target) => files.get(target)?.isSurface && !isOwnView(room, target))
          .map((target) => `${file} → ${target}`),
      );
    expect(reached).toEqual([]);
  });

  it('lets nobody import a file directly under src/', () => {
    const downward = house
      .filter(({ room }) => room !== 'root')
      .flatMap(({ file, imports }) =>
        imports.filter((target) => roomOf(target) === 'root').map((target) => `${file} → ${target}`),
      );
    expect(downward).toEqual([]);
  });

  it('keeps sign-in and protocols apart: they meet at the session', () => {
    const crossings = house.flatMap(({ file, room, imports }) =>
      imports
        .filter((target) => {
          const other = roomOf(target);
          const isInward =
            room.startsWith('protocol/') && other.startsWith('signin/') && other !== 'signin/session';
          return isInward || (room.startsWith('signin/') && other.startsWith('protocol/'));
        })
        .map((target) => `${file} → ${target}`),
    );
    expect(crossings).toEqual([]);
  });

  it('fences the hot path of the outpost: no database, no Koa, no log, no package', () => {
    const beyond = house
      .filter(({ file }) => HOT_PATH.includes(file))
      .flatMap(({ file, imports, packages }) => [
        ...imports
          .filter((target) => !WITHIN_THE_FENCE.includes(target))
          .map((target) => `${file} → ${target}`),
        ...packages.filter((name) => !CONNECTION.includes(name)).map((name) => `${file} → ${name}`),
      ]);
    expect(beyond).toEqual([]);
    expect(HOT_PATH.filter((file) => !files.has(file))).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(findCycle()).toBeUndefined();
  });

  it('uses the names of the field, not drawers for leftovers', () => {
    const drawers = /(^|\/)(utils?|helpers?|common|shared|lib|misc|managers?|types|index)(\.ts$|\/)/;
    expect(house.map(({ file }) => file).filter((file) => drawers.test(file))).toEqual([]);
  });

  it('has no file that should have been two', () => {
    expect(house.filter(({ lines }) => lines > 400).map(({ file, lines }) => `${file}: ${lines}`)).toEqual(
      [],
    );
  });
});

// A surface may use the page functions of its own feature: they are one surface in two files.
function isOwnView(room: string, target: string): boolean {
  return roomOf(target) === room && target.endsWith('/views.ts');
}

function findCycle(): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of files.get(file)?.imports ?? []) {
      const cycle = walk(target, [...trail, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files.keys()) {
    const cycle = walk(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}
