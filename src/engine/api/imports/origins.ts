import type { Store } from '../../store/store';
import type { StoredThread } from '../../store/tables/threadTable';

/**
 * Notes which messages of an imported branch are copies of those of the thread that it was forked from, so that the
 * places at which they differ are found. They are the same up to the fork. Does nothing if that thread is missing.
 */
export function noteOrigins({ database, threads }: Store, thread: StoredThread): void {
  const source = thread.forked_from;
  if (!source || thread.conversation === undefined || !threads.get(source.thread_id)) return;
  if (source.message_id === null) return threads.setSlot(thread.id, '');
  const rows = database
    .prepare(
      `SELECT copy.seq AS seq, coalesce(original.origin, original.id) AS origin FROM
         (SELECT seq, origin, id, row_number() OVER (ORDER BY seq) AS place FROM messages WHERE thread_id = ?1
            AND seq <= (SELECT seq FROM messages WHERE id = ?3 AND thread_id = ?1)) AS original
         JOIN (SELECT seq, row_number() OVER (ORDER BY seq) AS place FROM messages WHERE thread_id = ?2) AS copy
         ON copy.place = original.place
       ORDER BY original.seq`,
    )
    .all(source.thread_id, thread.id, source.message_id);
  const update = database.prepare('UPDATE messages SET origin = ? WHERE seq = ?');
  for (const { origin, seq } of rows) update.run(origin as string, seq as number);
  const last = rows.at(-1)?.['origin'];
  if (typeof last === 'string') threads.setSlot(thread.id, last);
}
