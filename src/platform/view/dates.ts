// Dates as people read them. The time zone is the server's, so it is said.

type Print = (date: Date) => string;

/** "Nov 22, 2026" in the reader's language. */
export function dayIn(language: string): Print {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  return (date) => format.format(date);
}

/** "Nov 22, 2026, 4:10 PM UTC" in the reader's language. */
export function momentIn(language: string): Print {
  const day = { year: 'numeric', month: 'short', day: 'numeric' } as const;
  const time = { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } as const;
  const format = new Intl.DateTimeFormat(language, { ...day, ...time });
  return (date) => format.format(date);
}
