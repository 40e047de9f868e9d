// better-sqlite3's Database on node:sqlite. Its own package compiles C++ or downloads a binary when it is installed.
const { DatabaseSync } = require('node:sqlite');

module.exports = class Database extends DatabaseSync {
  /** A function in a transaction, or, within one, in a savepoint. */
  transaction(work) {
    return (...given) => {
      const [begin, commit, rollback] = this.isTransaction
        ? ['SAVEPOINT nested', 'RELEASE nested', 'ROLLBACK TO nested']
        : ['BEGIN', 'COMMIT', 'ROLLBACK'];
      this.exec(begin);
      try {
        const result = work(...given);
        this.exec(commit);
        return result;
      } catch (error) {
        this.exec(rollback);
        throw error;
      }
    };
  }
};
