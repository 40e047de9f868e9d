// Lists: which rows, in which order, and how many of them at once.

export interface ListQuery<Where, OrderBy> {
  readonly where?: Where | undefined;
  readonly orderBy?: OrderBy[] | undefined;
  readonly skip?: number;
  readonly take?: number;
}

/** Some rows, and the number of all that match. */
export interface Listed<Row> {
  readonly count: number;
  readonly results: Row[];
}
