// The house as data: which files stand in which wing and room, and what each imports. The architecture tests read it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** Wings and rooms in order: a rule may import only from what stands before it. */
export const ROOMS = [
  ...['problem', 'telemetry', 'config', 'crypto', 'outbound', 'database', 'view', 'mail', 'http', 'rest'].map(
    (room) => `platform/${room}`,
  ),
  ...[
    'installation',
    'event',
    'user',
    'group',
    'invitation',
    'application',
    'access',
    'token',
    'bootstrap',
  ].map((room) => `identity/${room}`),
  ...['session', 'flow', 'stage'].map((room) => `signin/${room}`),
  ...['provider', 'oidc', 'outpost'].map((room) => `protocol/${room}`),
  ...['account', 'admin', 'blueprint', 'cli'].map((room) => `operation/${room}`),
];

const SURFACES = new Set(['routes.ts', 'api.ts', 'views.ts', 'stage.ts', 'command.ts', 'middleware.ts']);

export interface SourceFile {
  /** Relative to src/, with forward slashes. */
  readonly file: string;
  /** `platform/http`, or `root` for files directly under src/. */
  readonly room: string;
  readonly isSurface: boolean;
  /** Imported files, relative to src/; packages are left out. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
  readonly lines: number;
}

/** Every hand-written TypeScript file under src/. */
export function readHouse(): SourceFile[] {
  const source = path.join(ROOT, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('.ts') && !file.includes('/generated/'))
    .map((file) => describe(source, file));
}

function describe(source: string, file: string): SourceFile {
  const text = readFileSync(path.join(source, file), 'utf8');
  const specifiers = [
    ...text.matchAll(
      /^(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const isLocal = (specifier: string) => specifier.startsWith('.');
  return {
    file,
    room: roomOf(file),
    isSurface: SURFACES.has(path.posix.basename(file)),
    imports: specifiers
      .filter(isLocal)
      .map((specifier) => path.posix.join(path.posix.dirname(file), specifier)),
    packages: specifiers.filter((specifier) => !isLocal(specifier)),
    lines: text.split('\n').length,
  };
}

/** The room a file stands in; `root` for the composition files directly under src/. */
export function roomOf(file: string): string {
  const parts = file.split('/');
  return parts.length === 1 ? 'root' : parts.slice(0, 2).join('/');
}
