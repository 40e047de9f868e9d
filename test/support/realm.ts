// Jest runs tests in a realm of their own but gives them the outer one's structuredClone: what it returns has another
// `Object` than the code under test, and oidc-provider, which clones the metadata of its clients, takes no key set then.

/** Makes copies belong to the tests' realm; only for what JSON can say. */
export function cloneInThisRealm(): void {
  globalThis.structuredClone = <Value>(value: Value): Value =>
    value === undefined ? value : JSON.parse(JSON.stringify(value));
}
