// Back-channel logout, whatever ends the session: every client of it is told, each in its own terms.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { claimDueNotices } from '../../../src/protocol/oidc/logout/logout-notice.ts';
import { everyBackend } from '../../support/backends.ts';
import type { Browser } from '../../support/browser.ts';
import { type Gatelodge, startGatelodge, startReplica } from '../../support/gatelodge.ts';
import { type LogoutListener, pause, startLogoutListener } from './logout-listener.ts';
import { registerService, registerUser, type Service, signIn } from './service.ts';

const SIGN_OUT = '/if/flow/default-invalidation-flow/';

everyBackend('Back-channel logout', (backend) => {
  let gatelodge: Gatelodge;
  let listener: LogoutListener;
  let wiki: Service;
  let browser: Browser;
  let userId: number;
  let username: string;
  let people = 0;

  beforeAll(async () => {
    gatelodge = await startGatelodge(backend);
    listener = await startLogoutListener();
    wiki = await registerService(gatelodge, 'wiki', { logoutUri: listener.address });
  });
  beforeEach(async () => {
    listener.tokens.length = 0;
    listener.status = 200;
    username = `person-${++people}`;
    userId = await registerUser(gatelodge, username);
    browser = gatelodge.browser();
  });
  afterAll(async () => {
    await gatelodge.stop();
    await listener.stop();
  });

  /** Signs the person in to the wiki; the claims of the ID token. */
  async function enter(service = wiki, by = browser): Promise<Record<string, unknown>> {
    return { ...(await signIn(by, service, { username })).claims() };
  }

  async function signOut(): Promise<void> {
    const page = await browser.visit(SIGN_OUT);
    await page.form('form[action*="invalidation"], main form').submit();
  }

  async function sessionId(): Promise<string> {
    const [session] = await gatelodge.deps.sessions.list(userId);
    if (!session) throw new Error('nobody is signed in');
    return session.id;
  }

  /** Lets what waits be due at once. */
  async function hurry(): Promise<void> {
    await gatelodge.deps.sql.query(
      "UPDATE logout_notices SET due_at = now() - interval '1 second' WHERE due_at IS NOT NULL",
    );
    gatelodge.deps.changes.publish('user', { id: 0 });
  }

  it('sends a logout token that names the session as the ID token did', async () => {
    const claims = await enter();
    await signOut();
    const [token = ''] = await listener.received(1);
    const keys = createRemoteJWKSet(new URL(wiki.config.serverMetadata().jwks_uri ?? ''));
    const expected = { issuer: String(claims.iss), audience: 'wiki', typ: 'logout+jwt' };
    const { payload } = await jwtVerify(token, keys, expected);
    expect(payload).toMatchObject({ sub: claims.sub, sid: claims.sid, jti: expect.any(String) });
    expect(payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
    expect(payload).not.toHaveProperty('nonce');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(120);
  });

  it('tells every client of the session, each by its own issuer, subject and key', async () => {
    const logoutUri = listener.address;
    const mail = await registerService(gatelodge, 'mail', {
      logoutUri,
      subjectMode: 'user_username',
      signingAlgorithm: 'ES256',
    });
    const [inWiki, inMail] = [await enter(), await enter(mail)];
    await signOut();
    const told = (await listener.received(2)).map((token) => decodeJwt(token));
    const named = ({ iss, sub, aud, sid }: Record<string, unknown>) => ({ iss, sub, aud, sid });
    expect(told.map(named)).toEqual(expect.arrayContaining([named(inWiki), named(inMail)]));
    expect(inMail.sid).not.toBe(inWiki.sid);
  });

  const causes: Readonly<Record<string, () => Promise<unknown>>> = {
    'the person signs out at the service': async () => {
      const page = await browser.get('/application/o/wiki/end-session/');
      await page.form('form[action*="end-session"]').submit();
    },
    'the person ends it in their list of sessions': async () => {
      const id = await sessionId();
      const elsewhere = gatelodge.browser();
      await enter(wiki, elsewhere);
      const page = await elsewhere.visit('/if/user/sessions/');
      await page.form(`form[action*="${id}"]`).submit();
    },
    'an administrator ends it': async () =>
      gatelodge.api('DELETE', `/core/authenticated_sessions/${await sessionId()}/`),
    'the user is deactivated': () => gatelodge.api('PATCH', `/core/users/${userId}/`, { is_active: false }),
    'the user is deleted': () => gatelodge.api('DELETE', `/core/users/${userId}/`),
    'the password is changed': () =>
      gatelodge.api('POST', `/core/users/${userId}/set_password/`, { password: 'another password' }),
    'it expires': async () => {
      const id = await sessionId();
      const past = new Date(Date.now() - 1000);
      await gatelodge.deps.sql.query('UPDATE sessions SET expires_at = $1 WHERE id = $2::uuid', [past, id]);
      await gatelodge.deps.redis?.del(`gatelodge:session:${id}`);
      await hurry();
    },
  };

  describe.each(Object.keys(causes))('when %s', (cause) => {
    it('is sent, once', async () => {
      const { sid } = await enter();
      await causes[cause]?.();
      await listener.received(1);
      await pause(100);
      expect(listener.tokens.map((token) => decodeJwt(token).sid)).toEqual([sid]);
    });
  });

  it('leaves the person’s other sessions alone', async () => {
    await enter();
    const { sid } = await enter(wiki, gatelodge.browser());
    await signOut();
    const [token = ''] = await listener.received(1);
    await hurry();
    await pause(300);
    expect(listener.tokens).toHaveLength(1);
    expect(decodeJwt(token).sid).not.toBe(sid);
  });

  it('is tried again when the client did not answer well, and shows how it went', async () => {
    await enter();
    listener.status = 503;
    await signOut();
    await listener.received(1);
    await outcome(1, 'It answered 503.');
    listener.status = 204;
    await hurry();
    await listener.received(2);
    expect(await outcome(2, '')).toHaveProperty('finished_at', expect.any(Date));
  });

  it('reaches a client that was down as soon as it is up again', async () => {
    const gone = await startLogoutListener();
    const down = await registerService(gatelodge, 'down', { logoutUri: gone.address });
    const { sid } = await enter(down);
    await gone.stop();
    await signOut();
    await outcome(1, expect.stringContaining('ECONNREFUSED'), down.providerId);
    const back = await startLogoutListener(Number(new URL(gone.address).port));
    await hurry();
    const [token = ''] = await back.received(1);
    expect(decodeJwt(token).sid).toBe(sid);
    await back.stop();
  });

  it('is sent by another process when one dies with it in its hands', async () => {
    const { sid } = await enter();
    const { sql, sessions } = gatelodge.deps;
    await sql.query("UPDATE logout_notices SET due_at = now() - interval '1 second' WHERE user_id = $1", [
      userId,
    ]);
    // Whoever claims it holds it for a minute, and never comes back to it.
    expect(await claimDueNotices(sql, 100)).toHaveLength(1);
    await sessions.end(await sessionId());
    await pause(300);
    expect(listener.tokens).toEqual([]);
    await hurry();
    const [token = ''] = await listener.received(1);
    expect(decodeJwt(token).sid).toBe(sid);
  });

  it('is given up after five attempts within about an hour, which is an event', async () => {
    await enter();
    listener.status = 400;
    const startedAt = Date.now();
    let waited = 0;
    await signOut();
    for (let attempt = 1; attempt <= 5; attempt++) {
      await listener.received(attempt);
      const row = await outcome(attempt, 'It answered 400.');
      if (row.due_at) waited += row.due_at.getTime() - Date.now();
      if (attempt < 5) await hurry();
      else expect(row.due_at).toBeNull();
    }
    expect(waited / 60_000).toBeGreaterThan(50);
    expect(waited / 60_000).toBeLessThan(75);
    const where = { action: 'configuration_error', userId, createdAt: { gte: new Date(startedAt) } };
    for (let n = 0; n < 40 && (await gatelodge.deps.db.event.count({ where })) === 0; n++) await pause(50);
    expect(await gatelodge.deps.db.event.count({ where })).toBe(1);
  });

  it('never reaches a link-local address, whatever is registered', async () => {
    const logoutUri = 'http://169.254.169.254/latest/';
    const sly = await registerService(gatelodge, 'sly', { logoutUri });
    await enter(sly);
    await signOut();
    const row = await outcome(1, expect.stringContaining('may not be called'), sly.providerId);
    expect(row.finished_at).toBeNull();
  });

  it('is announced by discovery', () => {
    expect(wiki.config.serverMetadata()).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
  });

  if (backend.database === 'postgres') {
    it('is sent by exactly one of several replicas', async () => {
      const others = [await startReplica(gatelodge.environment), await startReplica(gatelodge.environment)];
      try {
        const browsers = Array.from({ length: 8 }, () => gatelodge.browser());
        for (const each of browsers) await enter(wiki, each);
        await others[0]?.deps.sessions.endAllOf(userId);
        await listener.received(8);
        await pause(300);
        const sids = listener.tokens.map((token) => decodeJwt(token).sid);
        expect([sids.length, new Set(sids).size]).toEqual([8, 8]);
      } finally {
        for (const other of others) await other.stop();
      }
    });
  }

  interface NoticeRow {
    readonly attempts: number;
    readonly last_error: string;
    readonly due_at: Date | null;
    readonly finished_at: Date | null;
  }

  /** The user's notice, once it has been tried that often. */
  async function outcome(attempts: number, error: unknown, providerId = wiki.providerId): Promise<NoticeRow> {
    const values = [userId, providerId];
    const text =
      'SELECT attempts, last_error, due_at, finished_at FROM logout_notices WHERE user_id = $1 AND provider_id = $2';
    for (let n = 0; n < 100; n++) {
      const [row] = await gatelodge.deps.sql.query<NoticeRow>(text, values);
      if (row?.attempts === attempts) {
        expect(row.last_error).toEqual(error);
        return row;
      }
      await pause(50);
    }
    throw new Error(`The notice was not tried ${attempts} times`);
  }
});
