/**
 * The migrations from an empty database to the current format, in order; a database's `user_version` counts
 * those it has applied. Never edit one that was released: add another.
 *
 * Each object is stored as the JSON that the API answers (`body`), beside the columns it is looked up by.
 * `seq` is the order of creation, also within the same second.
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
  `
  CREATE TABLE vector_stores (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
  );

  -- id: of the file; a file may be in many stores.
  -- owner: the engine that reads it; null while none does.
  CREATE TABLE vector_store_files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    vector_store_id TEXT NOT NULL REFERENCES vector_stores (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    batch_id TEXT,
    status TEXT NOT NULL,
    owner TEXT,
    body TEXT NOT NULL,
    UNIQUE (vector_store_id, id)
  );
  CREATE INDEX vector_store_files_by_file ON vector_store_files (id);
  CREATE INDEX vector_store_files_by_batch ON vector_store_files (batch_id) WHERE batch_id IS NOT NULL;
  CREATE INDEX vector_store_files_to_read ON vector_store_files (seq) WHERE status = 'in_progress';

  CREATE TABLE vector_store_file_batches (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    vector_store_id TEXT NOT NULL REFERENCES vector_stores (id) ON DELETE CASCADE,
    body TEXT NOT NULL
  );
  CREATE INDEX vector_store_file_batches_by_store ON vector_store_file_batches (vector_store_id);

  -- What file search knows of a store. version: counts the changes to its files' index.
  -- model: the embeddings model of its vectors.
  CREATE TABLE search_stores (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    vector_store_id TEXT NOT NULL UNIQUE REFERENCES vector_stores (id) ON DELETE CASCADE,
    version INTEGER NOT NULL DEFAULT 0,
    model TEXT
  );

  -- ready: whether all its chunks are here; those of a file that is not ready are never found.
  CREATE TABLE search_files (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    store INTEGER NOT NULL REFERENCES search_stores (number) ON DELETE CASCADE,
    vector_store_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    ready INTEGER NOT NULL,
    UNIQUE (store, file_id),
    FOREIGN KEY (vector_store_id, file_id) REFERENCES vector_store_files (vector_store_id, id) ON DELETE CASCADE
  );
  CREATE INDEX search_files_by_file ON search_files (vector_store_id, file_id);

  -- start_offset, end_offset: in the text of the file, in UTF-16 units.
  CREATE TABLE search_chunks (
    id INTEGER PRIMARY KEY,
    file INTEGER NOT NULL REFERENCES search_files (number) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start_offset INTEGER NOT NULL,
    end_offset INTEGER NOT NULL,
    line INTEGER NOT NULL,
    page INTEGER,
    text TEXT NOT NULL,
    UNIQUE (file, ordinal)
  );

  -- vectors: those of all chunks, one after the other, as int8; scales: what each is to be multiplied by.
  CREATE TABLE search_vectors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file INTEGER NOT NULL UNIQUE REFERENCES search_files (number) ON DELETE CASCADE,
    dimensions INTEGER NOT NULL,
    vectors BLOB NOT NULL,
    scales BLOB NOT NULL
  );

  -- rowid: of the chunk. store: its store's number as one word. words: the chunk's text as words apart.
  CREATE VIRTUAL TABLE search_words USING fts5(
    store, words, content = '', contentless_delete = 1, tokenize = "porter unicode61 remove_diacritics 2"
  );
  CREATE VIRTUAL TABLE search_word_counts USING fts5vocab('search_words', 'col');

  CREATE TRIGGER search_chunks_deleted AFTER DELETE ON search_chunks BEGIN
    DELETE FROM search_words WHERE rowid = old.id;
  END;
  CREATE TRIGGER search_files_changed AFTER UPDATE OF ready ON search_files BEGIN
    UPDATE search_stores SET version = version + 1 WHERE number = new.store;
  END;
  CREATE TRIGGER search_files_deleted AFTER DELETE ON search_files BEGIN
    UPDATE search_stores SET version = version + 1 WHERE number = old.store;
  END;
  CREATE TRIGGER search_vectors_added AFTER INSERT ON search_vectors BEGIN
    UPDATE search_stores SET version = version + 1
      WHERE number = (SELECT store FROM search_files WHERE number = new.file);
  END;
  CREATE TRIGGER search_vectors_deleted AFTER DELETE ON search_vectors BEGIN
    UPDATE search_stores SET version = version + 1
      WHERE number = (SELECT store FROM search_files WHERE number = old.file);
  END;
  `,
  `
  -- What the engines tell each other of their writes. engine: the one that wrote.
  CREATE TABLE writes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    engine TEXT NOT NULL,
    path TEXT NOT NULL
  );
  `,
  `
  -- What providers keep for their hosted tools. place: the connection and its server. id: the provider's.
  -- A row outlives its file or store: it tells what is still to be deleted there.
  CREATE TABLE hosted_files (
    place TEXT NOT NULL,
    id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    PRIMARY KEY (place, id)
  );
  CREATE INDEX hosted_files_by_file ON hosted_files (file_id);

  CREATE TABLE hosted_stores (
    place TEXT NOT NULL,
    id TEXT NOT NULL,
    vector_store_id TEXT NOT NULL,
    PRIMARY KEY (place, id)
  );
  CREATE INDEX hosted_stores_by_store ON hosted_stores (vector_store_id);

  -- store, id: the provider's. settings: how the file was put there, as JSON. ready: whether it can be found.
  CREATE TABLE hosted_store_files (
    place TEXT NOT NULL,
    store TEXT NOT NULL,
    id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    settings TEXT NOT NULL,
    ready INTEGER NOT NULL,
    PRIMARY KEY (place, store, id),
    FOREIGN KEY (place, store) REFERENCES hosted_stores (place, id) ON DELETE CASCADE,
    FOREIGN KEY (place, id) REFERENCES hosted_files (place, id) ON DELETE CASCADE
  );
  CREATE INDEX hosted_store_files_by_file ON hosted_store_files (place, id);
  `,
  `
  -- The files that providers do not take into a store's copy, put there with these settings. reason: for people.
  CREATE TABLE hosted_refusals (
    place TEXT NOT NULL,
    vector_store_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    settings TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (place, vector_store_id, file_id),
    FOREIGN KEY (vector_store_id, file_id) REFERENCES vector_store_files (vector_store_id, id) ON DELETE CASCADE
  );
  CREATE INDEX hosted_refusals_by_file ON hosted_refusals (vector_store_id, file_id);
  `,
  `
  -- What was learned about models. model: the provider's id. server: the API and address that it is valid for.
  CREATE TABLE model_traits (
    connection TEXT NOT NULL,
    model TEXT NOT NULL,
    server TEXT NOT NULL,
    traits TEXT NOT NULL,
    PRIMARY KEY (connection, model)
  );
  `,
  `
  -- given: the names of the parameters that clients have set, as JSON; their values may be the defaults.
  ALTER TABLE assistants ADD COLUMN given TEXT NOT NULL DEFAULT '[]';
  `,
  `
  -- thinking: 1 for a step that only reasons as yet, which is shown to clients that ask for reasoning alone.
  ALTER TABLE run_steps ADD COLUMN thinking INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- What was sent to models and what came back; the newest only. turn: the first step of the model turn, null as
  -- long as the turn has made none. content: the texts of request and response, as deflated JSON.
  CREATE TABLE model_requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    turn TEXT,
    bytes INTEGER NOT NULL,
    body TEXT NOT NULL,
    content BLOB NOT NULL
  );
  CREATE INDEX model_requests_by_run ON model_requests (run_id, seq);
  CREATE INDEX model_requests_by_thread ON model_requests (thread_id);
  `,
  `
  -- outdated_from: the ordinal of the first chunk whose words are split in an earlier way than today's, which is brought up
  -- to date in the background; null if none is. A migration for another way to split words sets it to 0 in every row.
  ALTER TABLE search_files ADD COLUMN outdated_from INTEGER DEFAULT 0;
  CREATE INDEX search_files_outdated ON search_files (number) WHERE outdated_from IS NOT NULL AND ready = 1;
  -- FTS5's own merges take hundreds of milliseconds at once now and then: they are made in pieces, after each write.
  INSERT INTO search_words (search_words, rank) VALUES ('automerge', 0);
  `,
];
