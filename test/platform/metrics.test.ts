import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/platform/telemetry/metrics.ts';

describe('the metrics', () => {
  it('count and time requests by route pattern', async () => {
    const metrics = new Metrics();
    metrics.recordRequest('GET', '/application/o/:slug/jwks/', 200, 0.004);

    const text = await metrics.render();
    expect(text).toContain(
      'gatelodge_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/application/o/:slug/jwks/",status="200"} 1',
    );
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
    one.recordRequest('GET', '/one/', 200, 0.001);
    expect(await other.render()).not.toContain('/one/');
    expect(await other.render()).toContain('process_resident_memory_bytes');
  });
});
