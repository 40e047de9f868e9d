// WCAG 2.2 AA over the colours of the stylesheet: 4.5 for text (1.4.3), 3 for what one must see to use a control (1.4.11).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../http/lodge.ts';

const css = readFileSync(join(ROOT, 'views/assets/gatelodge.css/1-colours-and-measures.css'), 'utf8');
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

const TEXT: ReadonlyArray<readonly [ink: string, ground: string]> = [
  ...['ground', 'surface', 'sunken', 'inset'].flatMap((ground) => [
    ['ink', ground] as const,
    ['ink-muted', ground] as const,
    ['accent', ground] as const,
  ]),
  ['ink', 'accent-tint'],
  ['accent', 'accent-tint'],
  ['accent-strong', 'accent-tint'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['on-accent', 'bad'],
  ['ink', 'good-tint'],
  ['good', 'good-tint'],
  ['warn', 'warn-tint'],
  ['ink', 'bad-tint'],
  ['bad', 'bad-tint'],
  ['bad', 'surface'],
  ['ink-muted', 'hill-near'],
  ...['amber', 'rose', 'blue', 'violet', 'sea'].map((tone) => [tone, `${tone}-tint`] as const),
];
const CONTROLS: ReadonlyArray<readonly [edge: string, ground: string]> = [
  ['line-strong', 'surface'],
  ['line-strong', 'inset'],
  ['line-strong', 'ground'],
  ['bad', 'inset'],
];

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const colour = (name: string) => colours.get(name)?.[theme] ?? `no colour ${name}`;
  it.each(TEXT)('%s reads on %s', (ink, ground) => {
    expect(contrast(colour(ink), colour(ground))).toBeGreaterThanOrEqual(4.5);
  });
  it.each(CONTROLS)('%s is seen on %s', (edge, ground) => {
    expect(contrast(colour(edge), colour(ground))).toBeGreaterThanOrEqual(3);
  });
});

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance of `#rrggbb` (WCAG 2.2, definitions). */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
