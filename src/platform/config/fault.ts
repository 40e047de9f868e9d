// What is wrong with the settings, all of it at once, in words for the person who starts the program.

/** Thrown at start when settings cannot be used; the message lists every fault and holds no secret. */
export class ConfigurationFault extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const heading =
      faults.length === 1 ? 'One setting cannot be used' : `${faults.length} settings cannot be used`;
    super([`${heading}:`, ...faults.map((fault) => `  - ${fault}`)].join('\n'));
    this.name = 'ConfigurationFault';
    this.faults = faults;
  }
}
