import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

/** The page parameters of every list of the API. */
export interface PageQuery {
  /** 1–100. */
  limit: number;
  order: 'asc' | 'desc';
  /** Ids between which the page lies, in the given order. */
  after?: string;
  before?: string;
}

/** A page of objects as JSON. */
export interface JsonPage {
  rows: readonly { id: string; body: string }[];
  hasMore: boolean;
}

/** The object that a page query names as `after` or `before` does not exist. */
export class UnknownCursorError extends Error {
  override readonly name = 'UnknownCursorError';
  constructor(
    readonly param: 'after' | 'before',
    readonly id: string,
  ) {
    super(`No object found with id '${id}'.`);
  }
}

/** Objects of one kind, stored as JSON beside the columns they are looked up by. */
export class Table<T extends { id: string }> {
  readonly #statements = new Map<string, StatementSync>();

  /**
   * `columns` gives the value of each indexed column from an object. `visible` is an SQL condition; reading
   * skips objects that do not meet it.
   */
  constructor(
    protected readonly db: DatabaseSync,
    protected readonly name: string,
    private readonly columns: { readonly [column: string]: (object: T) => string | null } = {},
    protected readonly visible = 'TRUE',
  ) {}

  /** `more` are values of further columns, which the object does not have. */
  insert(object: T, more: Record<string, SQLInputValue> = {}): T {
    const values: Record<string, SQLInputValue> = {
      id: object.id,
      ...this.#indexed(object),
      ...more,
      body: JSON.stringify(object),
    };
    const names = Object.keys(values);
    const sql = `INSERT INTO ${this.name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    this.prepare(sql).run(...Object.values(values));
    return object;
  }

  get(id: string): T | undefined {
    return this.parse(this.prepare(`SELECT body FROM ${this.name} WHERE id = ? AND ${this.visible}`).get(id));
  }

  /** One field of an object, read without parsing the rest, which may be large. */
  field<K extends keyof T & string>(id: string, name: K): T[K] | undefined {
    const row = this.prepare(
      `SELECT body -> '$.${name}' AS field FROM ${this.name} WHERE id = ? AND ${this.visible}`,
    ).get(id);
    return typeof row?.['field'] === 'string' ? (JSON.parse(row['field']) as T[K]) : undefined;
  }

  /** Replaces an object; does nothing if it was deleted. */
  update(object: T): T {
    const values: Record<string, SQLInputValue> = { ...this.#indexed(object), body: JSON.stringify(object) };
    const sets = Object.keys(values).map((column) => `${column} = ?`);
    this.prepare(`UPDATE ${this.name} SET ${sets.join(', ')} WHERE id = ?`).run(
      ...Object.values(values),
      object.id,
    );
    return object;
  }

  /** Returns whether the object existed. */
  delete(id: string): boolean {
    return this.prepare(`DELETE FROM ${this.name} WHERE id = ?`).run(id).changes > 0;
  }

  /** All objects with these column values, oldest first. */
  all(where: Record<string, string>): T[] {
    const conditions = [this.visible, ...Object.keys(where).map((column) => `${column} = ?`)];
    const sql = `SELECT body FROM ${this.name} WHERE ${conditions.join(' AND ')} ORDER BY seq`;
    return this.prepare(sql)
      .all(...Object.values(where))
      .map((row) => this.parse(row) as T);
  }

  /** The number of objects with this column value that are older than one of them; 0 if that does not exist. */
  countBefore(id: string, column: string, value: string): number {
    const sql = `SELECT COUNT(*) AS count FROM ${this.name}
      WHERE ${this.visible} AND ${column} = ? AND seq < (SELECT seq FROM ${this.name} WHERE id = ?)`;
    return this.prepare(sql).get(value, id)?.['count'] as number;
  }

  /** The page of the objects with these column values. Throws UnknownCursorError. */
  page(where: Record<string, string>, query: PageQuery): { data: T[]; hasMore: boolean } {
    const { rows, hasMore } = this.#page(where, query);
    return { data: rows.map((row) => this.parse(row) as T), hasMore };
  }

  /** The same page as JSON, as it is stored. Throws UnknownCursorError. */
  jsonPage(where: Record<string, string>, query: PageQuery): JsonPage {
    const { rows, hasMore } = this.#page(where, query);
    return { rows: rows as unknown as JsonPage['rows'], hasMore };
  }

  #page(
    where: Record<string, string>,
    query: PageQuery,
  ): { rows: Record<string, SQLOutputValue>[]; hasMore: boolean } {
    const conditions = [this.visible, ...Object.keys(where).map((column) => `${column} = ?`)];
    const values: SQLInputValue[] = Object.values(where);
    const forward = query.order === 'asc';
    if (query.after !== undefined) {
      conditions.push(`seq ${forward ? '>' : '<'} ?`);
      values.push(this.#seq('after', query.after, where));
    }
    if (query.before !== undefined) {
      conditions.push(`seq ${forward ? '<' : '>'} ?`);
      values.push(this.#seq('before', query.before, where));
    }
    // `before` alone means the page that ends right before it, so that page is read backwards.
    const backwards = query.before !== undefined && query.after === undefined;
    const direction = forward !== backwards ? 'ASC' : 'DESC';
    const rows = this.prepare(
      `SELECT id, body FROM ${this.name} WHERE ${conditions.join(' AND ')} ORDER BY seq ${direction} LIMIT ?`,
    ).all(...values, query.limit + 1);
    const hasMore = rows.length > query.limit;
    if (hasMore) rows.pop();
    return { rows: backwards ? rows.reverse() : rows, hasMore };
  }

  /** A statement, prepared once. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }

  protected parse(row: Record<string, unknown> | undefined): T | undefined {
    return row && (JSON.parse(row['body'] as string) as T);
  }

  #indexed(object: T): Record<string, string | null> {
    return Object.fromEntries(Object.entries(this.columns).map(([column, of]) => [column, of(object)]));
  }

  #seq(param: 'after' | 'before', id: string, where: Record<string, string>): number {
    const conditions = ['id', ...Object.keys(where)].map((column) => `${column} = ?`);
    const sql = `SELECT seq FROM ${this.name} WHERE ${conditions.join(' AND ')}`;
    const row = this.prepare(sql).get(id, ...Object.values(where)) as { seq: number } | undefined;
    if (!row) throw new UnknownCursorError(param, id);
    return row.seq;
  }
}
