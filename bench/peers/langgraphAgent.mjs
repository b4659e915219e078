// The graph that LangGraph's development server runs: one call of the model.
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import { baseURL } from './common.mjs';

async function answer({ messages }, { configurable }) {
  const model = new ChatOpenAI({
    model: configurable.model,
    apiKey: 'any',
    streaming: true,
    configuration: { baseURL },
  });
  return { messages: [await model.invoke(messages)] };
}

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('answer', answer)
  .addEdge(START, 'answer')
  .compile();
