// Jest calls this once after all suites, in its main process.
export { tearDown as default } from './global-setup.ts';
