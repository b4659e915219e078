/**
 * The steps from an empty database to today's, in order; a database's `user_version` counts those it
 * has taken. A step that was released is never edited: add one.
 *
 * Each object is kept as the JSON the API answers (`body`), with the columns it is looked up by.
 * `seq` is the order of creation, exact within a second.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE assistants (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
  );

  CREATE TABLE threads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
  );

  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    run_id TEXT,
    body TEXT NOT NULL
  );
  CREATE INDEX messages_by_thread ON messages (thread_id, seq);
  CREATE INDEX messages_by_run ON messages (run_id, seq) WHERE run_id IS NOT NULL;

  -- settings: what a run needs and its object has no field for, as JSON.
  -- owner: the engine that executes it; null while nobody does.
  CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    owner TEXT,
    settings TEXT NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX runs_by_thread ON runs (thread_id, seq);
  CREATE UNIQUE INDEX one_active_run ON runs (thread_id)
    WHERE status IN ('queued', 'in_progress', 'requires_action', 'cancelling');

  -- turn: what is known of the model turn that made the step and its object has no field for, as JSON.
  CREATE TABLE run_steps (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    turn TEXT NOT NULL DEFAULT '{}',
    body TEXT NOT NULL
  );
  CREATE INDEX run_steps_by_run ON run_steps (run_id, seq);
  CREATE INDEX run_steps_by_thread ON run_steps (thread_id);

  CREATE TABLE files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    body TEXT NOT NULL
  );

  CREATE TABLE engines (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    beats INTEGER NOT NULL
  );
  `,
];
