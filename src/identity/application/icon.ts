// What stands for an application where there is little room: its image, or its initial on a colour of its own.
import type { Application } from './application.ts';

const TONES = 6;

export interface Icon {
  readonly name: string;
  /** An image of our own host; pages load nothing from elsewhere (contract §4). */
  readonly url: string | null;
  /** Which of the colours in 8-data.css stands behind the initial. */
  readonly tone: number;
}

export function iconOf({ name, icon }: Pick<Application, 'name' | 'icon'>): Icon {
  const sum = [...name].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return { name, url: icon.startsWith('/') ? icon : null, tone: sum % TONES };
}
