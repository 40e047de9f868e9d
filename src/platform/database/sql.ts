// Plain SQL beside Prisma, for what is too frequent for it (artefacts, sessions). One dialect: PostgreSQL.

/** Runs one statement with `$1` parameters and resolves to its rows; timestamptz is a Date, json a value. */
export interface Sql {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** One connection held by one caller: what `begin`, `set` and session locks need. */
export interface SqlSession extends Sql {
  /** Runs a script of several statements as it stands. */
  execute(script: string): Promise<void>;
}
