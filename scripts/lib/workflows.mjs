// What GitHub would find wrong with the files of .github only when they run.
import { parse } from 'yaml';

const events = new Set(['push', 'pull_request', 'workflow_dispatch', 'schedule']);
const workflowKeys = new Set(['name', 'on', 'permissions', 'concurrency', 'env', 'jobs']);
const jobKeys = new Set(
  'name needs if strategy runs-on timeout-minutes env environment permissions steps'.split(' '),
);
const stepKeys = new Set('name id if uses with run env shell working-directory'.split(' '));
const runners = new Set(['ubuntu-latest', 'windows-latest', 'macos-latest']);

/**
 * What is wrong with a workflow, one sentence each; empty if nothing is.
 * @param {string} name of the file
 * @param {string} text
 * @param {{ scripts: Record<string, string>, suites: string[], exists: (path: string) => boolean }} project
 *   the scripts of package.json, the suites of `npm test`, and whether a file of the repository exists
 */
export function workflowErrors(name, text, project) {
  let workflow;
  try {
    workflow = parse(text);
  } catch (error) {
    return [`${name} is not YAML: ${error.message}`];
  }
  const errors = [
    ...unknownKeys(workflow, workflowKeys, 'the workflow'),
    ...Object.keys(workflow.on ?? {}).flatMap((event) =>
      events.has(event) ? [] : [`unknown event ${event}`],
    ),
    ...(workflow.permissions ? [] : ['no permissions: the token could do everything']),
    ...Object.entries(workflow.jobs ?? {}).flatMap(([id, job]) =>
      jobErrors(job, workflow.jobs, project).map((error) => `job ${id}: ${error}`),
    ),
  ];
  return errors.map((error) => `${name}: ${error}.`);
}

function jobErrors(job, jobs, project) {
  const matrix = job.strategy?.matrix ?? {};
  const needs = [job.needs ?? []].flat();
  const systems = job['runs-on'] === '${{ matrix.os }}' ? (matrix.os ?? []) : [job['runs-on']];
  return [
    ...unknownKeys(job, jobKeys, 'it'),
    ...needs.filter((need) => !jobs[need]).map((need) => `it needs the job ${need}, which does not exist`),
    ...systems.filter((system) => !runners.has(system)).map((system) => `unknown runner ${system}`),
    ...(job['timeout-minutes'] ? [] : ['no timeout-minutes: a test that hangs would run for six hours']),
    ...expressionErrors(job, matrix),
    ...(job.steps ?? []).flatMap((step, index) =>
      stepErrors(step, project).map((error) => `step ${index + 1}: ${error}`),
    ),
  ];
}

function stepErrors(step, project) {
  return [
    ...unknownKeys(step, stepKeys, 'it'),
    ...(!step.uses === !step.run ? ['it needs either uses or run'] : []),
    ...(step.uses && !/^[\w.-]+\/[\w./-]+@(v\d+|[0-9a-f]{40})$/.test(step.uses)
      ? [`${step.uses} names no version`]
      : []),
    ...(step.run ?? '').split('\n').flatMap((line) => commandErrors(line, project)),
    // What a stranger writes, such as the title of a pull request, would be run by the shell.
    ...(/\$\{\{/.test(step.run ?? '') ? ['an expression in run: pass it in env'] : []),
  ];
}

/** What is run is to run here as well: scripts of package.json, suites and files that exist. */
function commandErrors(line, { scripts, suites, exists }) {
  const script = /\bnpm (?:run )?([\w:]+)/.exec(line)?.[1];
  const file = /\bnode ([\w./-]+)/.exec(line)?.[1];
  const named = /\bnpm test -- (.*)/.exec(line)?.[1].split(' ') ?? [];
  return [
    ...(script && script !== 'ci' && !Object.hasOwn(scripts, script)
      ? [`package.json has no script ${script}`]
      : []),
    ...(file && !exists(file) ? [`${file} does not exist`] : []),
    ...named.filter((suite) => !suites.includes(suite)).map((suite) => `there is no suite ${suite}`),
  ];
}

function expressionErrors(job, matrix) {
  const used = [...JSON.stringify(job).matchAll(/matrix\.(\w+)/g)].map(([, key]) => key);
  return [...new Set(used)]
    .filter((key) => !(key in matrix))
    .map((key) => `matrix.${key} is used, and the matrix has no ${key}`);
}

function unknownKeys(object, known, where) {
  return Object.keys(object ?? {})
    .filter((key) => !known.has(key))
    .map((key) => `${where} has an unknown key ${key}`);
}
