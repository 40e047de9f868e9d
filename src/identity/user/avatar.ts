// A person's picture without asking anybody on the internet for one: their initials on a colour of their own.
import { sha256Hex } from '../../platform/crypto/digest.ts';

/** A data URI of a small SVG. */
export function initialsAvatar({
  username,
  name,
  uid,
}: {
  username: string;
  name: string;
  uid: string;
}): string {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">' +
    `<rect width="64" height="64" fill="hsl(${hueOf(uid)} 45% 40%)"/>` +
    '<text x="32" y="32" dy=".36em" fill="#fff" font-family="sans-serif" font-size="26" text-anchor="middle">' +
    `${escaped(initialsOf(name || username))}</text></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/** First letters of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  const [first, last] = [words.at(0), words.length > 1 ? words.at(-1) : undefined];
  return [first, last]
    .map((word) => [...(word ?? '')].slice(0, 1).join(''))
    .join('')
    .toUpperCase();
}

function hueOf(uid: string): number {
  return Number.parseInt(sha256Hex(uid).slice(0, 4), 16) % 360;
}

function escaped(text: string): string {
  return text.replaceAll(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
