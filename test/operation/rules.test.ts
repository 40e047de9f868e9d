import { describe, expect, it } from '@jest/globals';
import { suggestSlug } from '../../src/identity/application/form.ts';
import { describeDevice } from '../../src/signin/session/user-agent.ts';

describe('the slug that is made from a name', () => {
  it.each([
    ['Grafana', 'grafana'],
    ['Größe & Co.', 'grosse-co'],
    ['  Paperless-ngx  ', 'paperless-ngx'],
    ['Café Ñandú', 'cafe-nandu'],
    ['Ⅷ', 'viii'],
    ['写真', ''],
    ['x'.repeat(80), 'x'.repeat(50)],
  ])('of %j is %j', (name, slug) => {
    expect(suggestSlug(name)).toBe(slug);
  });
});

describe('a browser in words', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge · Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari · iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36',
      'Chrome · Android',
    ],
    ['curl/8.5.0', 'curl'],
    ['', undefined],
    ['<script>alert(1)</script>', undefined],
  ])('%j is %j', (userAgent, words) => {
    expect(describeDevice(userAgent)).toBe(words);
  });
});
