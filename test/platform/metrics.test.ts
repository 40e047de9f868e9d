import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/platform/telemetry/metrics.ts';

describe('the metrics', () => {
  it('count and time requests by route pattern, and sign-ins by outcome', async () => {
    const metrics = new Metrics();
    metrics.recordRequest('GET', '/application/o/:slug/jwks/', 200, 0.004);
    metrics.recordSignIn('failed');
    metrics.recordSignIn('failed');

    const text = await metrics.render();
    expect(text).toContain(
      'gatelodge_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/application/o/:slug/jwks/",status="200"} 1',
    );
    expect(text).toContain('gatelodge_sign_ins_total{outcome="failed"} 2');
  });

  it('read a gauge when they are asked', async () => {
    const metrics = new Metrics();
    let waiting = 0;
    metrics.addGauge('gatelodge_password_hashes_pending', 'Password hashes that run or wait.', () => waiting);
    waiting = 3;
    expect(await metrics.render()).toContain('gatelodge_password_hashes_pending 3');
  });

  it('of two servers in one process are separate, and include those of the process', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.recordSignIn('succeeded');
    expect(await other.render()).not.toContain('outcome="succeeded"');
    expect(await other.render()).toContain('process_resident_memory_bytes');
  });
});
