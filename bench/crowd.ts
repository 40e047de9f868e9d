// People (person-1 and so on) who sign in with name and password, each at home, in one new browser after the other. Run as a child
// process, so that what it costs is not taken from who measures; origin and number of people come in argv, every line that goes out
// is a sign-in.
import { Browser } from '../test/support/browser.ts';
import { benchPerson } from './fixture.ts';

const [origin = '', atOnce = '1'] = process.argv.slice(2);
const AUTH = 'https://auth.bench.test';

async function signInForEver(_: unknown, index: number): Promise<void> {
  const number = index + 1;
  const headers = { 'x-forwarded-for': `203.0.113.${number}` };
  for (;;) {
    const browser = new Browser({ origin: AUTH, proxied: { [AUTH]: origin }, headers });
    const first = await browser.visit('/if/flow/default-authentication-flow/');
    const second = await first.form().submit({ uid_field: `person-${number}` }, { follow: true });
    const last = await second.form().submit({ password: benchPerson.password });
    if (last.status !== 303)
      throw new Error(`signing in was answered with ${last.status}: ${last.body.slice(0, 3000)}`);
    console.log('signed in');
  }
}

process.once('SIGTERM', () => process.exit());
await Promise.all(Array.from({ length: Number(atOnce) }, signInForEver));
