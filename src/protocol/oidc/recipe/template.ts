// The templates of recipes: `{{word}}`, and nothing else.

const WORD = /\{\{(\w+)\}\}/g;

/** The words that a template asks for. */
export function wordsOf(template: string): string[] {
  return [...template.matchAll(WORD)].flatMap(([, word]) => word ?? []);
}

/** The template with its words filled in; throws for a word that has no value. */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(WORD, (_, word: string) => {
    const value = Object.hasOwn(values, word) ? values[word] : undefined;
    if (value === undefined) throw new Error(`The template asks for "${word}", which is not known here.`);
    return value;
  });
}
