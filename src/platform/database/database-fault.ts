// What keeps the database from being opened. The message is for the operator: main.ts prints it and stops.

/** The database cannot be used, for a reason that the operator can act on; nothing in it was changed. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault';
}
