// authentik's durations: `hours=1;minutes=30`. We keep seconds.

const UNITS = { weeks: 604_800, days: 86_400, hours: 3_600, minutes: 60, seconds: 1 } as const;

/** The seconds of a duration; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const parts = text.split(';').filter(Boolean);
  const seconds = parts.map((part) => {
    const [, unit = '', count] = /^\s*(\w+)\s*=\s*(\d{1,9})\s*$/.exec(part) ?? [];
    return isUnit(unit) ? Number(count) * UNITS[unit] : Number.NaN;
  });
  const total = seconds.reduce((sum, part) => sum + part, 0);
  return parts.length > 0 && Number.isSafeInteger(total) ? total : undefined;
}

/** The shortest way to say it in units from days down: 5400 is `hours=1;minutes=30`. */
export function formatDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const unit of ['days', 'hours', 'minutes', 'seconds'] as const) {
    const count = Math.floor(rest / UNITS[unit]);
    rest -= count * UNITS[unit];
    if (count > 0) parts.push(`${unit}=${count}`);
  }
  return parts.join(';') || 'seconds=0';
}

function isUnit(name: string): name is keyof typeof UNITS {
  return Object.hasOwn(UNITS, name);
}
