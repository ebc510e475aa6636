// What a database must offer: the rows of a query, a piece at a time and column by column. Only Node has one.

/** What is asked of DuckDB. */
export interface Query {
  readonly sql: string;
  /** Values of `$1`, `$2`, or of `$name`. */
  readonly params?: readonly QueryParam[] | Readonly<Record<string, QueryParam>> | undefined;
  /** A database file, which is opened to be read only; by default there is none. */
  readonly database?: URL | undefined;
  /** Where files that the query names by a relative path are. */
  readonly folder?: string | undefined;
}

export type QueryParam = string | number | boolean | null;

/** Rows that are on their way. */
export interface QueryRows {
  readonly columns: readonly QueryColumn[];
  /** The next rows; undefined behind the last. */
  next(): Promise<QueryPiece | undefined>;
  /** Gives the database up. */
  close(): void;
}

export interface QueryColumn {
  readonly name: string;
  readonly type: QueryType;
}

export interface QueryType {
  /** DuckDB's number for it. */
  readonly typeId: number;
  /** Of an ENUM: its names, in their order. */
  readonly values?: readonly string[] | undefined;
  /** Of a DECIMAL: digits behind the point. */
  readonly scale?: number | undefined;
  /** As in SQL: `DECIMAL(18,3)`. */
  toString(): string;
}

export interface QueryPiece {
  readonly rowCount: number;
  /** The cells of a column; null for none. */
  getColumnVector(column: number): QueryVector;
}

export interface QueryVector {
  getItem(row: number): unknown;
}
