// The files under views/assets, under names that carry a hash of their content, so that browsers keep them for good
// and ask again only when one has changed. Small and few: they are held in memory, ready compressed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

export interface Asset {
  readonly name: string;
  readonly contentType: string;
  /** Hex, first 12 digits of the SHA-256 of the content. */
  readonly hash: string;
  readonly identity: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

export class Assets {
  readonly #assets: ReadonlyMap<string, Asset>;

  constructor(assets: Iterable<Asset>) {
    this.#assets = new Map([...assets].map((asset) => [asset.name, asset]));
  }

  get names(): string[] {
    return [...this.#assets.keys()];
  }

  /** Path of an asset for a template, `/assets/gatelodge.3f2a9c….css`; throws for a name that does not exist. */
  url(name: string): string {
    const asset = this.#assets.get(name);
    if (!asset) throw new Error(`views/assets/${name} does not exist`);
    const ending = extname(name);
    return `/assets/${name.slice(0, -ending.length)}.${asset.hash}${ending}`;
  }

  /** The asset of a file name in a URL, and whether it is the very content that the URL names. */
  find(file: string): { asset: Asset; isExact: boolean } | undefined {
    const ending = extname(file);
    const [, base = '', hash = ''] = /^([\w-]+)\.([0-9a-f]{12})\.\w+$/.exec(file) ?? [];
    const asset = this.#assets.get(base === '' ? file : `${base}${ending}`);
    return asset && { asset, isExact: asset.hash === hash };
  }
}

/** Files from packages, by the name that they are served under: browser parts are pinned like every dependency. */
const FROM_PACKAGES: Readonly<Record<string, string>> = {
  'simplewebauthn.js': '../../../node_modules/@simplewebauthn/browser/dist/bundle/index.umd.min.js',
};

/** Reads every file of `directory`, and those from packages; throws for an ending whose content type is not known. */
export function loadAssets(directory: string): Assets {
  const own = readdirSync(directory).map((name) => readAsset(name, join(directory, name)));
  const packaged = Object.entries(FROM_PACKAGES).map(([name, path]) =>
    readAsset(name, join(import.meta.dirname, path)),
  );
  return new Assets([...own, ...packaged]);
}

function readAsset(name: string, path: string): Asset {
  const contentType = CONTENT_TYPES[extname(name)];
  if (contentType === undefined) throw new Error(`views/assets/${name}: no content type is known for it`);
  const identity = contentOf(path);
  return {
    name,
    contentType,
    hash: createHash('sha256').update(identity).digest('hex').slice(0, 12),
    identity,
    gzip: gzipSync(identity),
    brotli: brotliCompressSync(identity),
  };
}

/** A folder named like a file is that file, written in parts. */
function contentOf(path: string): Buffer {
  if (!statSync(path).isDirectory()) return readFileSync(path);
  const parts = readdirSync(path).sort();
  return Buffer.concat(parts.map((part) => readFileSync(join(path, part))));
}
