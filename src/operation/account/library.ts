// The application library: what a person may open, under its headings.
import { listApplicationsFor } from '../../identity/access/access-query.ts';
import type { Application } from '../../identity/application/application.ts';
import { type Icon, iconOf } from '../../identity/application/icon.ts';
import { hasLaunchUrl } from '../../identity/application/launch-url.ts';
import type { Db } from '../../platform/database/database.ts';

export interface Tile {
  readonly name: string;
  readonly description: string;
  readonly icon: Icon;
  readonly isNewTab: boolean;
  /** Null: nobody said where the application is. */
  readonly launchPath: string | null;
}

export interface Library {
  /** Without a heading first, then by heading. */
  readonly headings: readonly { readonly name: string; readonly applications: readonly Tile[] }[];
  /** Of all applications, also those that were not searched for. */
  readonly count: number;
}

/** What the user may open and whose name, description or heading contains the words that were searched for. */
export async function findLibrary(db: Db, userId: number, search: string): Promise<Library> {
  const applications = await listApplicationsFor(db, userId);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = applications.filter((application) => matches(application, words));
  const byHeading = Map.groupBy(found, ({ group }) => group);
  const headings = [...byHeading]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, members]) => ({ name, applications: members.map(tileOf) }));
  return { headings, count: applications.length };
}

function matches({ name, description, group }: Application, words: readonly string[]): boolean {
  const text = `${name}\n${description}\n${group}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function tileOf(application: Application): Tile {
  const { name, description, openInNewTab, slug } = application;
  const launchPath = hasLaunchUrl(application) ? `/application/launch/${slug}/` : null;
  return { name, description, icon: iconOf(application), isNewTab: openInNewTab, launchPath };
}
