// Jest calls this once before all suites, in its main process.
import { openServiceDesk, type ServiceDesk } from './service-desk.ts';
import { DESK_VARIABLE } from './services.ts';

let desk: ServiceDesk | undefined;

export default async function setUp(): Promise<void> {
  desk = await openServiceDesk();
  process.env[DESK_VARIABLE] = desk.socketPath;
}

/** For global-teardown.ts, which jest loads beside this module. */
export async function tearDown(): Promise<void> {
  await desk?.close();
}
