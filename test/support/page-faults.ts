// What is wrong with a page, whatever it shows: the rules that every template must keep (architecture.md §6, contract §4).

interface Rule {
  readonly fault: string;
  /** Each match is a fault. */
  readonly pattern: RegExp;
}

const RULES: readonly Rule[] = [
  { fault: 'inline script', pattern: /<script(?![^>]*\ssrc=)[^>]*>/g },
  { fault: 'inline style', pattern: /<style[\s>]|\sstyle=/g },
  { fault: 'inline event handler', pattern: /<[^>]+\son[a-z]+=/g },
  { fault: 'javascript: address', pattern: /(?:href|action)="\s*javascript:/gi },
  {
    fault: 'something fetched from elsewhere',
    pattern: /<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?\/\//g,
  },
  { fault: 'a hole in the text', pattern: />[^<]*\b(?:undefined|null|NaN|\[object \w+\])\b[^<]*</g },
  { fault: 'a text that is missing', pattern: />\s*[a-z]\w+(?:\.[a-zA-Z]\w+)+\s*</g },
];

/** Faults in words, empty when the page is sound. */
export function faultsOf(html: string): string[] {
  const visible = html.replace(/<(code|textarea|dd)\b[^>]*>.*?<\/\1>/gs, '');
  const faults = RULES.flatMap(({ fault, pattern }) =>
    [...visible.matchAll(pattern)].map(([at]) => `${fault}: ${at}`),
  );
  return [...faults, ...headingFaults(html), ...idFaults(html), ...labelFaults(html), ...formFaults(html)];
}

function headingFaults(html: string): string[] {
  const count = [...html.matchAll(/<h1[\s>]/g)].length;
  return count === 1 ? [] : [`${count} first-level headings`];
}

function idFaults(html: string): string[] {
  const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `the id ${id} twice`);
}

function labelFaults(html: string): string[] {
  const labelled = new Set([...html.matchAll(/<label[^>]*\sfor="([^"]*)"/g)].map(([, id]) => id));
  return [...html.matchAll(/<(?:input|select|textarea)\b[^>]*>/g)]
    .map(([control]) => control)
    .filter((control) => !/type="hidden"|aria-label=/.test(control))
    .filter((control) => !labelled.has(/\sid="([^"]*)"/.exec(control)?.[1]))
    .map((control) => `no label for ${control}`);
}

function formFaults(html: string): string[] {
  return [...html.matchAll(/<form[^>]*method="post".*?<\/form>/gs)]
    .filter(([form]) => !/name="_csrf" value="[^"]+"/.test(form))
    .map(([form]) => `no form token in ${form.slice(0, 80)}`);
}
