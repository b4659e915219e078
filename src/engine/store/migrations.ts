/** Counts the files of each store or batch in columns of its row, and keeps them right by triggers. */
function fileCounters(table: string, column: string, name: string): string {
  return `
  UPDATE ${table} SET files_in_progress = counted.in_progress,
    files_completed = counted.completed,
    files_failed = counted.failed,
    files_cancelled = counted.cancelled,
    file_bytes = counted.bytes
    FROM (
      SELECT ${column} AS counted_id, SUM(status = 'in_progress') AS in_progress,
        SUM(status = 'completed') AS completed, SUM(status = 'failed') AS failed,
        SUM(status = 'cancelled') AS cancelled, SUM(body ->> '$.usage_bytes') AS bytes
      FROM vector_store_files WHERE ${column} IS NOT NULL GROUP BY ${column}
    ) AS counted
    WHERE id = counted.counted_id;
  CREATE TRIGGER ${name}_added AFTER INSERT ON vector_store_files BEGIN
    UPDATE ${table} SET
      files_in_progress = files_in_progress + (new.status = 'in_progress'),
      files_completed = files_completed + (new.status = 'completed'),
      files_failed = files_failed + (new.status = 'failed'),
      files_cancelled = files_cancelled + (new.status = 'cancelled'),
      file_bytes = file_bytes + coalesce(new.body ->> '$.usage_bytes', 0)
      WHERE id = new.${column};
  END;
  CREATE TRIGGER ${name}_removed AFTER DELETE ON vector_store_files BEGIN
    UPDATE ${table} SET
      files_in_progress = files_in_progress - (old.status = 'in_progress'),
      files_completed = files_completed - (old.status = 'completed'),
      files_failed = files_failed - (old.status = 'failed'),
      files_cancelled = files_cancelled - (old.status = 'cancelled'),
      file_bytes = file_bytes - coalesce(old.body ->> '$.usage_bytes', 0)
      WHERE id = old.${column};
  END;
  CREATE TRIGGER ${name}_changed AFTER UPDATE OF status, body ON vector_store_files BEGIN
    UPDATE ${table} SET
      files_in_progress = files_in_progress + (new.status = 'in_progress') - (old.status = 'in_progress'),
      files_completed = files_completed + (new.status = 'completed') - (old.status = 'completed'),
      files_failed = files_failed + (new.status = 'failed') - (old.status = 'failed'),
      files_cancelled = files_cancelled + (new.status = 'cancelled') - (old.status = 'cancelled'),
      file_bytes = file_bytes + coalesce(new.body ->> '$.usage_bytes', 0) - coalesce(old.body ->> '$.usage_bytes', 0)
      WHERE id = new.${column};
  END;`;
}

/** The columns that count runs and their tokens. */
const usageCounts = [
  'runs',
  'runs_without_usage',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
]
  .map((column) => `${column} INTEGER NOT NULL`)
  .join(', ');

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
  -- emptied: 1 while the files of an expired store are still to be deleted, 2 for a deleted one, whose row goes last.
  ALTER TABLE vector_stores ADD COLUMN emptied INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX vector_stores_emptied ON vector_stores (seq) WHERE emptied > 0;

  -- generation: incremented when a store's vectors are removed; those of an earlier one are ignored.
  ALTER TABLE search_stores ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;

  DROP TRIGGER search_chunks_deleted;
  DROP TRIGGER search_files_changed;
  DROP TRIGGER search_files_deleted;
  DROP TRIGGER search_vectors_added;
  DROP TRIGGER search_vectors_deleted;

  -- vector_store_id, file_id: null for a removed file, whose chunks are still to be deleted. Neither the row nor
  -- its chunks go with the store, because they may be too many for one transaction.
  -- chunks: their number. generation: that of its vectors.
  CREATE TABLE search_files_now (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    store INTEGER NOT NULL,
    vector_store_id TEXT,
    file_id TEXT,
    ready INTEGER NOT NULL,
    chunks INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (vector_store_id, file_id) REFERENCES vector_store_files (vector_store_id, id) ON DELETE SET NULL
  );
  INSERT INTO search_files_now (number, store, vector_store_id, file_id, ready, chunks)
    SELECT number, store, vector_store_id, file_id, ready,
      (SELECT count(*) FROM search_chunks WHERE file = number)
    FROM search_files;
  DROP TABLE search_files;
  ALTER TABLE search_files_now RENAME TO search_files;
  CREATE UNIQUE INDEX search_files_by_file ON search_files (vector_store_id, file_id);
  CREATE INDEX search_files_by_store ON search_files (store);
  CREATE INDEX search_files_removed ON search_files (number) WHERE vector_store_id IS NULL;
  CREATE INDEX search_files_not_found ON search_files (store) WHERE ready = 0 OR vector_store_id IS NULL;

  -- The signs of the vectors of a file's chunks, one bit a dimension, each vector padded to 64 bits.
  CREATE TABLE search_signs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file INTEGER NOT NULL UNIQUE REFERENCES search_files (number) ON DELETE CASCADE,
    dimensions INTEGER NOT NULL,
    signs BLOB NOT NULL
  );
  -- vector: as int8; scale: what it is to be multiplied by. Rows of search_vectors are moved here piece by piece.
  CREATE TABLE search_chunk_vectors (
    chunk INTEGER PRIMARY KEY,
    scale REAL NOT NULL,
    vector BLOB NOT NULL
  );

  -- A merge that drops deleted rows can take long, so that it does not belong to the writes that delete.
  INSERT INTO search_words (search_words, rank) VALUES ('deletemerge', 0);

  CREATE TRIGGER search_chunks_deleted AFTER DELETE ON search_chunks BEGIN
    DELETE FROM search_words WHERE rowid = old.id;
    DELETE FROM search_chunk_vectors WHERE chunk = old.id;
  END;
  CREATE TRIGGER search_files_changed AFTER UPDATE OF ready, vector_store_id ON search_files BEGIN
    UPDATE search_stores SET version = version + 1 WHERE number = new.store;
  END;
  CREATE TRIGGER search_signs_added AFTER INSERT ON search_signs BEGIN
    UPDATE search_stores SET version = version + 1
      WHERE number = (SELECT store FROM search_files WHERE number = new.file);
  END;
  CREATE TRIGGER search_signs_deleted AFTER DELETE ON search_signs BEGIN
    UPDATE search_stores SET version = version + 1
      WHERE number = (SELECT store FROM search_files WHERE number = old.file);
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
  -- outdated_from: the ordinal of the first chunk whose words are split in an earlier way than today's, which is brought up
  -- to date in the background; null if none is. A migration for another way to split words sets it to 0 in every row.
  ALTER TABLE search_files ADD COLUMN outdated_from INTEGER DEFAULT 0;
  CREATE INDEX search_files_outdated ON search_files (number) WHERE outdated_from IS NOT NULL AND ready = 1;
  -- FTS5's own merges take hundreds of milliseconds at once now and then: they are made in pieces, after each write.
  INSERT INTO search_words (search_words, rank) VALUES ('automerge', 0);
  `,
  `
  -- The file searches of a thread, whose numbers its answers cite. step_id, call_id: where the results are.
  -- files: the id and name of each passage's file, as JSON.
  CREATE TABLE thread_searches (
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    step_id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (thread_id, number)
  ) WITHOUT ROWID;
  INSERT OR REPLACE INTO thread_searches
    SELECT run_steps.thread_id, search.value ->> '$.number', run_steps.id, search.key, (
      SELECT json_group_array(json_array(passage.value ->> '$.file_id', passage.value ->> '$.file_name'))
      FROM json_each(search.value, '$.passages') AS passage
    )
    FROM run_steps, json_each(run_steps.turn, '$.searches') AS search
    WHERE instr(run_steps.turn, '"searches"') > 0 AND search.value ->> '$.number' IS NOT NULL
    ORDER BY run_steps.seq;

  -- The files that the tools of a thread have written, the newest of each name: its answers link to them.
  CREATE TABLE thread_files (
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    file_id TEXT NOT NULL,
    PRIMARY KEY (thread_id, name)
  ) WITHOUT ROWID;
  INSERT OR REPLACE INTO thread_files
    SELECT run_steps.thread_id, file.key, file.value FROM run_steps, json_each(run_steps.turn, '$.files') AS file
    WHERE instr(run_steps.turn, '"files"') > 0
    ORDER BY run_steps.seq;

  -- The numbers of the files of a store and of a batch in each status, and their size in the index, in bytes.
  ALTER TABLE vector_stores ADD COLUMN files_in_progress INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_stores ADD COLUMN files_completed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_stores ADD COLUMN files_failed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_stores ADD COLUMN files_cancelled INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_stores ADD COLUMN file_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_store_file_batches ADD COLUMN files_in_progress INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_store_file_batches ADD COLUMN files_completed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_store_file_batches ADD COLUMN files_failed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_store_file_batches ADD COLUMN files_cancelled INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_store_file_batches ADD COLUMN file_bytes INTEGER NOT NULL DEFAULT 0;
  ${fileCounters('vector_stores', 'vector_store_id', 'vector_store_files')}
  ${fileCounters('vector_store_file_batches', 'batch_id', 'file_batch_files')}
  CREATE INDEX vector_store_files_by_store ON vector_store_files (vector_store_id, seq);
  CREATE INDEX vector_store_files_by_status ON vector_store_files (vector_store_id, status, seq);
  CREATE INDEX vector_store_files_by_batch_status ON vector_store_files (batch_id, status, seq)
    WHERE batch_id IS NOT NULL;
  CREATE INDEX vector_store_files_by_owner ON vector_store_files (owner)
    WHERE status = 'in_progress' AND owner IS NOT NULL;
  CREATE INDEX vector_stores_by_expiry
    ON vector_stores (body ->> '$.last_active_at' + (body ->> '$.expires_after.days') * 86400)
    WHERE body ->> '$.expired' IS NULL;
  CREATE INDEX files_by_purpose ON files (purpose, seq);
  CREATE INDEX files_by_expiry ON files (body ->> '$.expires_at') WHERE body ->> '$.expires_at' IS NOT NULL;
  CREATE INDEX runs_active ON runs (seq)
    WHERE status IN ('queued', 'in_progress', 'requires_action', 'cancelling');
  `,
  `
  -- copied_by: of a fork, the engine that still copies messages into it; it is hidden until then.
  -- conversation: the oldest thread of the conversation that a thread is a branch of; null if it has no branches.
  -- slot: of a fork, the last message that was copied, by its \`origin\`; '' if none was.
  ALTER TABLE threads ADD COLUMN copied_by TEXT;
  ALTER TABLE threads ADD COLUMN conversation TEXT;
  ALTER TABLE threads ADD COLUMN slot TEXT;
  CREATE INDEX threads_by_conversation ON threads (conversation, seq) WHERE conversation IS NOT NULL;
  CREATE INDEX threads_being_copied ON threads (seq) WHERE copied_by IS NOT NULL;
  -- origin: of a copied message, the one that it is a copy of: not of a copy, but where it was written.
  ALTER TABLE messages ADD COLUMN origin TEXT;
  CREATE INDEX messages_by_origin ON messages (origin) WHERE origin IS NOT NULL;
  `,
  `
  -- activity: when a thread was last written to, in milliseconds since the epoch. shelf: where its metadata puts it,
  -- 'pinned', 'archived' or 'none'. trashed_at: when it was moved to the trash, in seconds; null unless it is there.
  ALTER TABLE threads ADD COLUMN activity INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE threads ADD COLUMN shelf TEXT NOT NULL DEFAULT 'none';
  ALTER TABLE threads ADD COLUMN trashed_at INTEGER;
  UPDATE threads SET activity = 1000 * max(
    coalesce(body ->> '$.created_at', 0),
    coalesce((SELECT messages.body ->> '$.created_at' FROM messages WHERE thread_id = threads.id
      ORDER BY messages.seq DESC LIMIT 1), 0));
  CREATE INDEX threads_by_activity ON threads (activity, seq);
  CREATE INDEX threads_by_shelf ON threads (shelf, activity, seq);
  CREATE INDEX threads_in_trash ON threads (trashed_at) WHERE trashed_at IS NOT NULL;

  -- rowid: the seq of a message, or the negative seq of a thread, for its title.
  CREATE VIRTUAL TABLE thread_words USING fts5(
    words, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = "unicode61 remove_diacritics 2"
  );
  -- Merges are made in pieces, after each piece of indexing.
  INSERT INTO thread_words (thread_words, rank) VALUES ('automerge', 0);

  -- The rowids of thread_words that are to be brought up to date, which is done in the background.
  CREATE TABLE thread_words_queue (item INTEGER PRIMARY KEY);
  INSERT INTO thread_words_queue SELECT seq FROM messages;
  INSERT INTO thread_words_queue SELECT -seq FROM threads WHERE body ->> '$.metadata.title' IS NOT NULL;
  CREATE TRIGGER message_words_added AFTER INSERT ON messages BEGIN
    INSERT OR IGNORE INTO thread_words_queue VALUES (new.seq);
  END;
  CREATE TRIGGER message_words_changed AFTER UPDATE OF body ON messages BEGIN
    INSERT OR IGNORE INTO thread_words_queue VALUES (new.seq);
  END;
  CREATE TRIGGER message_words_deleted AFTER DELETE ON messages BEGIN
    INSERT OR IGNORE INTO thread_words_queue VALUES (old.seq);
  END;
  CREATE TRIGGER thread_words_added AFTER INSERT ON threads BEGIN
    INSERT OR IGNORE INTO thread_words_queue VALUES (-new.seq);
  END;
  CREATE TRIGGER thread_words_changed AFTER UPDATE OF body ON threads
    WHEN old.body ->> '$.metadata.title' IS NOT new.body ->> '$.metadata.title' BEGIN
    INSERT OR IGNORE INTO thread_words_queue VALUES (-new.seq);
  END;
  CREATE TRIGGER thread_words_deleted AFTER DELETE ON threads BEGIN
    INSERT OR IGNORE INTO thread_words_queue VALUES (-old.seq);
  END;
  `,
  `
  -- The newest versions of each assistant. given: as in \`assistants\`. bytes: of the body.
  CREATE TABLE assistant_versions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    assistant_id TEXT NOT NULL REFERENCES assistants (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    given TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (assistant_id, version)
  );
  CREATE INDEX assistant_versions_by_assistant ON assistant_versions (assistant_id, seq);
  INSERT INTO assistant_versions (id, assistant_id, version, given, bytes, body)
    SELECT 'asstver_' || substr(id, 6), id, 1, given, octet_length(body), json_object(
      'id', 'asstver_' || substr(id, 6), 'object', 'assistant.version', 'created_at', unixepoch(),
      'assistant_id', id, 'version', 1, 'changed', json_array(), 'by', null, 'restored_from', null,
      'assistant', json(body))
    FROM assistants ORDER BY seq;

  -- The tokens of runs that have ended, by local day. runs_without_usage: those of which a part is not known.
  CREATE TABLE usage_days (
    day TEXT NOT NULL, assistant_id TEXT NOT NULL, model TEXT NOT NULL, ${usageCounts},
    PRIMARY KEY (day, assistant_id, model)
  ) WITHOUT ROWID;
  -- The same by thread; what deleted threads have used is at the thread ''.
  CREATE TABLE usage_threads (
    thread_id TEXT NOT NULL, day TEXT NOT NULL, assistant_id TEXT NOT NULL, model TEXT NOT NULL, ${usageCounts},
    PRIMARY KEY (thread_id, day, assistant_id, model)
  ) WITHOUT ROWID;
  CREATE TRIGGER usage_of_deleted_threads AFTER DELETE ON threads BEGIN
    INSERT INTO usage_threads SELECT '', day, assistant_id, model, runs, runs_without_usage,
        prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens
      FROM usage_threads WHERE thread_id = old.id
      ON CONFLICT DO UPDATE SET runs = runs + excluded.runs,
        runs_without_usage = runs_without_usage + excluded.runs_without_usage,
        prompt_tokens = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens;
    DELETE FROM usage_threads WHERE thread_id = old.id;
  END;
  -- Runs that a fork has copied were paid for once, in the thread that they are a copy of.
  INSERT INTO usage_threads
    SELECT thread_id, day, assistant_id, model, count(*), sum(prompt IS NULL), coalesce(sum(prompt), 0),
      coalesce(sum(completion), 0), coalesce(sum(cached), 0), coalesce(sum(reasoning), 0)
    FROM (
      SELECT runs.thread_id, coalesce(runs.body ->> '$.assistant_id', '') AS assistant_id,
        coalesce(runs.body ->> '$.model', '') AS model,
        date(coalesce(runs.body ->> '$.completed_at', runs.body ->> '$.failed_at', runs.body ->> '$.cancelled_at',
          runs.body ->> '$.created_at', unixepoch()), 'unixepoch', 'localtime') AS day,
        runs.body ->> '$.usage.prompt_tokens' AS prompt, runs.body ->> '$.usage.completion_tokens' AS completion,
        details.cached, details.reasoning
      FROM runs JOIN threads ON threads.id = runs.thread_id LEFT JOIN (
        SELECT run_id, sum(turn ->> '$.details.usage.cached_tokens') AS cached,
          sum(turn ->> '$.details.usage.reasoning_tokens') AS reasoning
        FROM run_steps WHERE instr(turn, '"cached_tokens"') > 0 OR instr(turn, '"reasoning_tokens"') > 0
        GROUP BY run_id
      ) AS details ON details.run_id = runs.id
      WHERE runs.status NOT IN ('queued', 'in_progress', 'requires_action', 'cancelling')
        AND (runs.body ->> '$.usage' IS NOT NULL OR EXISTS (SELECT 1 FROM run_steps WHERE run_id = runs.id))
        AND (threads.body ->> '$.forked_from' IS NULL OR NOT (
          runs.body ->> '$.created_at' < threads.body ->> '$.created_at'
          OR EXISTS (SELECT 1 FROM messages WHERE messages.run_id = runs.id AND messages.origin IS NOT NULL)))
    )
    GROUP BY thread_id, day, assistant_id, model;
  INSERT INTO usage_days SELECT day, assistant_id, model, sum(runs), sum(runs_without_usage), sum(prompt_tokens),
      sum(completion_tokens), sum(cached_tokens), sum(reasoning_tokens)
    FROM usage_threads GROUP BY day, assistant_id, model;
  `,
  `
  -- Objects that were imported under another id: where they came from, their id and creation there.
  CREATE TABLE imported_ids (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    created_at INTEGER,
    id TEXT NOT NULL,
    PRIMARY KEY (source, source_id)
  ) WITHOUT ROWID;
  `,
];
