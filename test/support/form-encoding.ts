// application/x-www-form-urlencoded, as a browser writes it.

/** Names and values; a name with several values is sent several times. */
export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** The fields as the body of a POST or the query of a GET. */
export function encodeForm(fields: Fields): string {
  const form = new URLSearchParams();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) form.append(name, value);
  }
  return form.toString();
}
