import { prettyJson } from '../../../../src/protocol/json';
import { namedArguments } from './callArguments';
import { usePanel } from '../../../context';
import { visible } from '../../../hiddenCharacters';
import { Excerpt } from '../../code/Excerpt';

export interface CallDetailsProps {
  json: string;
  /** The JSON Schema of the function's parameters, if known. */
  schema?: Record<string, unknown>;
  output: string | null;
  isRunning: boolean;
}

/** A function call's arguments and output. */
export function CallDetails({ json, schema, output, isRunning }: CallDetailsProps) {
  const { strings } = usePanel();
  return (
    <>
      <NamedArguments json={json} schema={schema} />
      {json !== '' && (
        <Excerpt
          label={strings.callInput}
          text={prettyJson(json)}
          language="json"
          growing={isRunning}
          fromEnd={false}
        />
      )}
      {output !== null && (
        <Excerpt
          label={strings.callOutput}
          text={prettyJson(output)}
          language=""
          growing={false}
          fromEnd={false}
        />
      )}
    </>
  );
}

/** The arguments with the titles and descriptions of the schema, if it has any. */
function NamedArguments({ json, schema }: Pick<CallDetailsProps, 'json' | 'schema'>) {
  const list = namedArguments(json, schema);
  if (list.length === 0) return null;
  return (
    <dl class="call-arguments" dir="auto">
      {list.map(({ name, description, value }, index) => (
        <div key={index} class="call-argument">
          <dt>
            <span class="call-argument-name">{visible(name)}</span>
            {description !== undefined && <span class="call-argument-description"> – {description}</span>}
          </dt>
          <dd dir="auto">{visible(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
