// What a device is told to show: authentik's short address, and how often it may ask (RFC 8628 §3.2).
import type Provider from 'oidc-provider';
import { DEVICE_PAGE } from '../configuration.ts';

const INTERVAL_SECONDS = 5;

/** The answer to a device before it is sent; oidc-provider offers it to its listeners. */
interface DeviceAnswer {
  readonly user_code: string;
  verification_uri_complete: string;
  interval: number;
}

export function useShortLinks(provider: Provider): void {
  provider.on('device_authorization.success', (_ctx, body) => {
    const answer = body as unknown as DeviceAnswer;
    const { origin } = new URL(provider.issuer);
    answer.verification_uri_complete = `${origin}${DEVICE_PAGE}?code=${answer.user_code}`;
    answer.interval = INTERVAL_SECONDS;
  });
}
