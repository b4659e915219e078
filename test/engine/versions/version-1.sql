-- Written by the first released version: what its own engine left, the last run cut off by SIGKILL.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE assistants (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
  );
INSERT INTO assistants VALUES(1,'asst_o1YR0Gz1mAFKyefFzpRG8zFC','{"id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","object":"assistant","created_at":1795386686,"name":"Math Tutor","description":null,"instructions":"You are a personal math tutor.","tools":[{"type":"function","function":{"name":"display_quiz","description":"Shows a quiz","parameters":{"type":"object","properties":{"title":{"type":"string"}}}}}],"tool_resources":null,"metadata":{"k":"v"},"temperature":0.5,"top_p":1,"response_format":"auto","reasoning_effort":"low","model":"gpt-4-1106-preview"}');
CREATE TABLE threads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
  );
INSERT INTO threads VALUES(1,'thread_NJVwzEfo5VIJtvztiJMOO1li','{"id":"thread_NJVwzEfo5VIJtvztiJMOO1li","object":"thread","created_at":1795386686,"metadata":{"title":"Equations"},"tool_resources":{"code_interpreter":{"file_ids":["file-nQm7GJvQIuxaVXZyYD7cqNML"]}}}');
INSERT INTO threads VALUES(2,'thread_S51acDdHJAbALVFursIGeST3','{"id":"thread_S51acDdHJAbALVFursIGeST3","object":"thread","created_at":1795386687,"metadata":{},"tool_resources":{}}');
INSERT INTO threads VALUES(3,'thread_Bgqcfo89aonx0IxlszO9eca6','{"id":"thread_Bgqcfo89aonx0IxlszO9eca6","object":"thread","created_at":1795386687,"metadata":{},"tool_resources":{}}');
INSERT INTO threads VALUES(4,'thread_ZQJuAbd6QhGwbci2420phSeL','{"id":"thread_ZQJuAbd6QhGwbci2420phSeL","object":"thread","created_at":1795386687,"metadata":{},"tool_resources":{}}');
INSERT INTO threads VALUES(5,'thread_0tbo5uVRbzz98kCyCMeZtDhH','{"id":"thread_0tbo5uVRbzz98kCyCMeZtDhH","object":"thread","created_at":1795386687,"metadata":{},"tool_resources":{}}');
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    run_id TEXT,
    body TEXT NOT NULL
  );
INSERT INTO messages VALUES(1,'msg_1MLdb2wlSlqyC9WMdZ5oHKgW','thread_NJVwzEfo5VIJtvztiJMOO1li',NULL,'{"id":"msg_1MLdb2wlSlqyC9WMdZ5oHKgW","object":"thread.message","created_at":1795386686,"thread_id":"thread_NJVwzEfo5VIJtvztiJMOO1li","status":"completed","incomplete_details":null,"completed_at":null,"incomplete_at":null,"role":"user","content":[{"type":"text","text":{"value":"Solve `3x + 11 = 14`","annotations":[]}}],"assistant_id":null,"run_id":null,"attachments":[{"file_id":"file-nQm7GJvQIuxaVXZyYD7cqNML","tools":[{"type":"code_interpreter"}]}],"metadata":{}}');
INSERT INTO messages VALUES(2,'msg_0avJBUkMg61A9QYlROZuzFES','thread_NJVwzEfo5VIJtvztiJMOO1li','run_B1KdOLWWXX1RFHwvq5g9PtdC','{"id":"msg_0avJBUkMg61A9QYlROZuzFES","object":"thread.message","created_at":1795386686,"thread_id":"thread_NJVwzEfo5VIJtvztiJMOO1li","status":"completed","incomplete_details":null,"completed_at":1795386686,"incomplete_at":null,"role":"assistant","content":[{"type":"text","text":{"value":"x = 1, 因为 3x = 3. 🎉","annotations":[]}}],"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","run_id":"run_B1KdOLWWXX1RFHwvq5g9PtdC","attachments":[],"metadata":{}}');
INSERT INTO messages VALUES(3,'msg_HxDb5qoHpxRw2dTELHgDJzj2','thread_NJVwzEfo5VIJtvztiJMOO1li',NULL,'{"id":"msg_HxDb5qoHpxRw2dTELHgDJzj2","object":"thread.message","created_at":1795386687,"thread_id":"thread_NJVwzEfo5VIJtvztiJMOO1li","status":"completed","incomplete_details":null,"completed_at":null,"incomplete_at":null,"role":"user","content":[{"type":"text","text":{"value":"And this?","annotations":[]}},{"type":"image_file","image_file":{"detail":"auto","file_id":"file-nQm7GJvQIuxaVXZyYD7cqNML"}}],"assistant_id":null,"run_id":null,"attachments":[],"metadata":{}}');
INSERT INTO messages VALUES(4,'msg_ETiHgb8LXYFmPrMikmDRMjLy','thread_S51acDdHJAbALVFursIGeST3',NULL,'{"id":"msg_ETiHgb8LXYFmPrMikmDRMjLy","object":"thread.message","created_at":1795386687,"thread_id":"thread_S51acDdHJAbALVFursIGeST3","status":"completed","incomplete_details":null,"completed_at":null,"incomplete_at":null,"role":"user","content":[{"type":"text","text":{"value":"Make a quiz","annotations":[]}}],"assistant_id":null,"run_id":null,"attachments":[],"metadata":{}}');
INSERT INTO messages VALUES(5,'msg_P678ZBT2zSoCVD5Ngs00mgeN','thread_S51acDdHJAbALVFursIGeST3','run_GvzBigw4Db0817YIiaN6MhDu','{"id":"msg_P678ZBT2zSoCVD5Ngs00mgeN","object":"thread.message","created_at":1795386687,"thread_id":"thread_S51acDdHJAbALVFursIGeST3","status":"completed","incomplete_details":null,"completed_at":1795386687,"incomplete_at":null,"role":"assistant","content":[{"type":"text","text":{"value":"Thank you for the answers.","annotations":[]}}],"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","run_id":"run_GvzBigw4Db0817YIiaN6MhDu","attachments":[],"metadata":{}}');
INSERT INTO messages VALUES(6,'msg_eUaD7FzFzstyotC2ftc4KhE6','thread_Bgqcfo89aonx0IxlszO9eca6',NULL,'{"id":"msg_eUaD7FzFzstyotC2ftc4KhE6","object":"thread.message","created_at":1795386687,"thread_id":"thread_Bgqcfo89aonx0IxlszO9eca6","status":"completed","incomplete_details":null,"completed_at":null,"incomplete_at":null,"role":"user","content":[{"type":"text","text":{"value":"Another quiz","annotations":[]}}],"assistant_id":null,"run_id":null,"attachments":[],"metadata":{}}');
INSERT INTO messages VALUES(7,'msg_Ru6oQjaE0taWBZvY15xeeOEh','thread_ZQJuAbd6QhGwbci2420phSeL',NULL,'{"id":"msg_Ru6oQjaE0taWBZvY15xeeOEh","object":"thread.message","created_at":1795386687,"thread_id":"thread_ZQJuAbd6QhGwbci2420phSeL","status":"completed","incomplete_details":null,"completed_at":null,"incomplete_at":null,"role":"user","content":[{"type":"text","text":{"value":"fail please","annotations":[]}}],"assistant_id":null,"run_id":null,"attachments":[],"metadata":{}}');
INSERT INTO messages VALUES(8,'msg_l1WxmmhnHJ3GWd83nvqFnK4o','thread_0tbo5uVRbzz98kCyCMeZtDhH',NULL,'{"id":"msg_l1WxmmhnHJ3GWd83nvqFnK4o","object":"thread.message","created_at":1795386687,"thread_id":"thread_0tbo5uVRbzz98kCyCMeZtDhH","status":"completed","incomplete_details":null,"completed_at":null,"incomplete_at":null,"role":"user","content":[{"type":"text","text":{"value":"slow please","annotations":[]}}],"assistant_id":null,"run_id":null,"attachments":[],"metadata":{}}');
INSERT INTO messages VALUES(9,'msg_HrZBCMkcGPG1wh2qkcf1NS27','thread_0tbo5uVRbzz98kCyCMeZtDhH','run_16nw8myhDxVzoA1lobd0GYdl','{"id":"msg_HrZBCMkcGPG1wh2qkcf1NS27","object":"thread.message","created_at":1795386687,"thread_id":"thread_0tbo5uVRbzz98kCyCMeZtDhH","status":"in_progress","incomplete_details":null,"completed_at":null,"incomplete_at":null,"role":"assistant","content":[{"type":"text","text":{"value":"Half an answer is","annotations":[]}}],"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","run_id":"run_16nw8myhDxVzoA1lobd0GYdl","attachments":[],"metadata":{}}');
CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    owner TEXT,
    settings TEXT NOT NULL,
    body TEXT NOT NULL
  );
INSERT INTO runs VALUES(1,'run_B1KdOLWWXX1RFHwvq5g9PtdC','thread_NJVwzEfo5VIJtvztiJMOO1li','completed',NULL,'{"reasoningEffort":"low"}','{"id":"run_B1KdOLWWXX1RFHwvq5g9PtdC","object":"thread.run","created_at":1795386686,"thread_id":"thread_NJVwzEfo5VIJtvztiJMOO1li","assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","status":"completed","required_action":null,"last_error":null,"expires_at":null,"started_at":1795386686,"cancelled_at":null,"failed_at":null,"completed_at":1795386686,"incomplete_details":null,"model":"gpt-4-1106-preview","instructions":"You are a personal math tutor.","tools":[{"type":"function","function":{"name":"display_quiz","description":"Shows a quiz","parameters":{"type":"object","properties":{"title":{"type":"string"}}}}}],"metadata":{},"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19},"temperature":0.5,"top_p":1,"max_prompt_tokens":null,"max_completion_tokens":null,"truncation_strategy":{"type":"auto","last_messages":null},"tool_choice":"auto","parallel_tool_calls":true,"response_format":"auto"}');
INSERT INTO runs VALUES(2,'run_GvzBigw4Db0817YIiaN6MhDu','thread_S51acDdHJAbALVFursIGeST3','completed',NULL,'{"reasoningEffort":"low"}','{"id":"run_GvzBigw4Db0817YIiaN6MhDu","object":"thread.run","created_at":1795386687,"thread_id":"thread_S51acDdHJAbALVFursIGeST3","assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","status":"completed","required_action":null,"last_error":null,"expires_at":null,"started_at":1795386687,"cancelled_at":null,"failed_at":null,"completed_at":1795386687,"incomplete_details":null,"model":"gpt-4-1106-preview","instructions":"You are a personal math tutor.","tools":[{"type":"function","function":{"name":"display_quiz","description":"Shows a quiz","parameters":{"type":"object","properties":{"title":{"type":"string"}}}}}],"metadata":{},"usage":{"prompt_tokens":24,"completion_tokens":14,"total_tokens":38},"temperature":0.5,"top_p":1,"max_prompt_tokens":null,"max_completion_tokens":null,"truncation_strategy":{"type":"auto","last_messages":null},"tool_choice":"auto","parallel_tool_calls":true,"response_format":"auto"}');
INSERT INTO runs VALUES(3,'run_FfEUteXH0efiSzdF1Ij6arMs','thread_Bgqcfo89aonx0IxlszO9eca6','requires_action',NULL,'{"reasoningEffort":"low"}','{"id":"run_FfEUteXH0efiSzdF1Ij6arMs","object":"thread.run","created_at":1795386687,"thread_id":"thread_Bgqcfo89aonx0IxlszO9eca6","assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","status":"requires_action","required_action":{"type":"submit_tool_outputs","submit_tool_outputs":{"tool_calls":[{"id":"call_1","type":"function","function":{"name":"display_quiz","arguments":"{\"title\":\"Sample Quiz\",\"questions\":[]}"}}]}},"last_error":null,"expires_at":4102444800,"started_at":1795386687,"cancelled_at":null,"failed_at":null,"completed_at":null,"incomplete_details":null,"model":"gpt-4-1106-preview","instructions":"You are a personal math tutor.","tools":[{"type":"function","function":{"name":"display_quiz","description":"Shows a quiz","parameters":{"type":"object","properties":{"title":{"type":"string"}}}}}],"metadata":{},"usage":null,"temperature":0.5,"top_p":1,"max_prompt_tokens":null,"max_completion_tokens":null,"truncation_strategy":{"type":"auto","last_messages":null},"tool_choice":"auto","parallel_tool_calls":true,"response_format":"auto"}');
INSERT INTO runs VALUES(4,'run_Os1UBQHP8LJxFx4MdURCNkzB','thread_ZQJuAbd6QhGwbci2420phSeL','failed',NULL,'{"reasoningEffort":"low"}','{"id":"run_Os1UBQHP8LJxFx4MdURCNkzB","object":"thread.run","created_at":1795386687,"thread_id":"thread_ZQJuAbd6QhGwbci2420phSeL","assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","status":"failed","required_action":null,"last_error":{"code":"server_error","message":"Something went wrong in Assistants Studio: The model is gone"},"expires_at":null,"started_at":1795386687,"cancelled_at":null,"failed_at":1795386687,"completed_at":null,"incomplete_details":null,"model":"gpt-4-1106-preview","instructions":"You are a personal math tutor.","tools":[{"type":"function","function":{"name":"display_quiz","description":"Shows a quiz","parameters":{"type":"object","properties":{"title":{"type":"string"}}}}}],"metadata":{},"usage":null,"temperature":0.5,"top_p":1,"max_prompt_tokens":null,"max_completion_tokens":null,"truncation_strategy":{"type":"auto","last_messages":null},"tool_choice":"auto","parallel_tool_calls":true,"response_format":"auto"}');
INSERT INTO runs VALUES(5,'run_16nw8myhDxVzoA1lobd0GYdl','thread_0tbo5uVRbzz98kCyCMeZtDhH','in_progress','engine_zt16OOKBY4L652QSTzWVRvgk','{"reasoningEffort":"low"}','{"id":"run_16nw8myhDxVzoA1lobd0GYdl","object":"thread.run","created_at":1795386687,"thread_id":"thread_0tbo5uVRbzz98kCyCMeZtDhH","assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","status":"in_progress","required_action":null,"last_error":null,"expires_at":4102444800,"started_at":1795386687,"cancelled_at":null,"failed_at":null,"completed_at":null,"incomplete_details":null,"model":"gpt-4-1106-preview","instructions":"You are a personal math tutor.","tools":[{"type":"function","function":{"name":"display_quiz","description":"Shows a quiz","parameters":{"type":"object","properties":{"title":{"type":"string"}}}}}],"metadata":{},"usage":null,"temperature":0.5,"top_p":1,"max_prompt_tokens":null,"max_completion_tokens":null,"truncation_strategy":{"type":"auto","last_messages":null},"tool_choice":"auto","parallel_tool_calls":true,"response_format":"auto"}');
CREATE TABLE run_steps (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    turn TEXT NOT NULL DEFAULT '{}',
    body TEXT NOT NULL
  );
INSERT INTO run_steps VALUES(1,'step_NcboOJeHCf5auCuoHf7iZjCX','thread_NJVwzEfo5VIJtvztiJMOO1li','run_B1KdOLWWXX1RFHwvq5g9PtdC','{"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}','{"id":"step_NcboOJeHCf5auCuoHf7iZjCX","object":"thread.run.step","created_at":1795386686,"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","thread_id":"thread_NJVwzEfo5VIJtvztiJMOO1li","run_id":"run_B1KdOLWWXX1RFHwvq5g9PtdC","type":"message_creation","status":"completed","step_details":{"type":"message_creation","message_creation":{"message_id":"msg_0avJBUkMg61A9QYlROZuzFES"}},"last_error":null,"expired_at":null,"cancelled_at":null,"failed_at":null,"completed_at":1795386686,"metadata":{},"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}');
INSERT INTO run_steps VALUES(2,'step_DyLYN3wYXruFTw7VD8AIsdI5','thread_S51acDdHJAbALVFursIGeST3','run_GvzBigw4Db0817YIiaN6MhDu','{"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}','{"id":"step_DyLYN3wYXruFTw7VD8AIsdI5","object":"thread.run.step","created_at":1795386687,"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","thread_id":"thread_S51acDdHJAbALVFursIGeST3","run_id":"run_GvzBigw4Db0817YIiaN6MhDu","type":"tool_calls","status":"completed","step_details":{"type":"tool_calls","tool_calls":[{"id":"call_1","type":"function","function":{"name":"display_quiz","arguments":"{\"title\":\"Sample Quiz\",\"questions\":[]}","output":"[\"Red\"]"}}]},"last_error":null,"expired_at":null,"cancelled_at":null,"failed_at":null,"completed_at":1795386687,"metadata":{},"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}');
INSERT INTO run_steps VALUES(3,'step_x8tVwtZJNx99VpZ6OQqYxCx8','thread_S51acDdHJAbALVFursIGeST3','run_GvzBigw4Db0817YIiaN6MhDu','{"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}','{"id":"step_x8tVwtZJNx99VpZ6OQqYxCx8","object":"thread.run.step","created_at":1795386687,"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","thread_id":"thread_S51acDdHJAbALVFursIGeST3","run_id":"run_GvzBigw4Db0817YIiaN6MhDu","type":"message_creation","status":"completed","step_details":{"type":"message_creation","message_creation":{"message_id":"msg_P678ZBT2zSoCVD5Ngs00mgeN"}},"last_error":null,"expired_at":null,"cancelled_at":null,"failed_at":null,"completed_at":1795386687,"metadata":{},"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}');
INSERT INTO run_steps VALUES(4,'step_2M4exOPJdoeYnQeJMfxaGkAF','thread_Bgqcfo89aonx0IxlszO9eca6','run_FfEUteXH0efiSzdF1Ij6arMs','{"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}','{"id":"step_2M4exOPJdoeYnQeJMfxaGkAF","object":"thread.run.step","created_at":1795386687,"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","thread_id":"thread_Bgqcfo89aonx0IxlszO9eca6","run_id":"run_FfEUteXH0efiSzdF1Ij6arMs","type":"tool_calls","status":"in_progress","step_details":{"type":"tool_calls","tool_calls":[{"id":"call_1","type":"function","function":{"name":"display_quiz","arguments":"{\"title\":\"Sample Quiz\",\"questions\":[]}","output":null}}]},"last_error":null,"expired_at":null,"cancelled_at":null,"failed_at":null,"completed_at":null,"metadata":{},"usage":null}');
INSERT INTO run_steps VALUES(5,'step_wqfB7qZzH3Rypxc2sQLGdlyT','thread_0tbo5uVRbzz98kCyCMeZtDhH','run_16nw8myhDxVzoA1lobd0GYdl','{}','{"id":"step_wqfB7qZzH3Rypxc2sQLGdlyT","object":"thread.run.step","created_at":1795386687,"assistant_id":"asst_o1YR0Gz1mAFKyefFzpRG8zFC","thread_id":"thread_0tbo5uVRbzz98kCyCMeZtDhH","run_id":"run_16nw8myhDxVzoA1lobd0GYdl","type":"message_creation","status":"in_progress","step_details":{"type":"message_creation","message_creation":{"message_id":"msg_HrZBCMkcGPG1wh2qkcf1NS27"}},"last_error":null,"expired_at":null,"cancelled_at":null,"failed_at":null,"completed_at":null,"metadata":{},"usage":null}');
CREATE TABLE files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    body TEXT NOT NULL
  );
INSERT INTO files VALUES(1,'file-nQm7GJvQIuxaVXZyYD7cqNML','assistants','{"id":"file-nQm7GJvQIuxaVXZyYD7cqNML","object":"file","bytes":8,"created_at":1795386686,"filename":"daten ä.csv","purpose":"assistants","status":"processed"}');
CREATE TABLE engines (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    beats INTEGER NOT NULL
  );
INSERT INTO engines VALUES('engine_zt16OOKBY4L652QSTzWVRvgk','a-machine',4194305,2);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('files',1);
INSERT INTO sqlite_sequence VALUES('assistants',1);
INSERT INTO sqlite_sequence VALUES('threads',5);
INSERT INTO sqlite_sequence VALUES('messages',9);
INSERT INTO sqlite_sequence VALUES('runs',5);
INSERT INTO sqlite_sequence VALUES('run_steps',5);
CREATE INDEX messages_by_thread ON messages (thread_id, seq);
CREATE INDEX messages_by_run ON messages (run_id, seq) WHERE run_id IS NOT NULL;
CREATE INDEX runs_by_thread ON runs (thread_id, seq);
CREATE UNIQUE INDEX one_active_run ON runs (thread_id)
    WHERE status IN ('queued', 'in_progress', 'requires_action', 'cancelling');
CREATE INDEX run_steps_by_run ON run_steps (run_id, seq);
CREATE INDEX run_steps_by_thread ON run_steps (thread_id);
COMMIT;
PRAGMA user_version = 1;
