// Writes .env.example and docs/configuration.md from the table of settings. Run it after changing a setting.
import { writeFileSync } from 'node:fs';
import { configurationPage, envExample } from '../src/platform/config/document.ts';
import { settings } from '../src/platform/config/settings.ts';

const root = new URL('../', import.meta.url);
const documents = {
  '.env.example': envExample(Object.values(settings)),
  'docs/configuration.md': configurationPage(Object.values(settings)),
};

for (const [path, text] of Object.entries(documents)) {
  writeFileSync(new URL(path, root), text);
  console.log(`Wrote ${path}.`);
}
