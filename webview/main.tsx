/** Entry point of the chat panel: reads its configuration from the page and renders the app. */
import { render } from 'preact';
import type { ChatConfig } from '../src/protocol/strings';
import { App } from './components/App';
import { BrokenPanel } from './components/errors/BrokenPanel';
import { ErrorBoundary } from './components/errors/ErrorBoundary';
import { registerToolkit } from './components/ui/toolkit';
import {
  Citations,
  Context,
  createLocalization,
  FileInfos,
  FoundPassages,
  Images,
  KnownPaths,
} from './context';
import { frameScheduler } from './frameScheduler';
import { connectHost } from './host';
import { Panel } from './panel';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element with the id "root".');
start(root, JSON.parse(root.dataset['config'] ?? '') as ChatConfig);

function start(element: HTMLElement, config: ChatConfig): void {
  registerToolkit();
  const words = createLocalization(config);
  const draw = () => {
    render(
      <Context.Provider value={context}>
        <Images.Provider value={panel.state.images}>
          <Citations.Provider value={panel.state.citations}>
            <FoundPassages.Provider value={panel.state.found}>
              <FileInfos.Provider value={panel.state.fileInfos}>
                <KnownPaths.Provider value={panel.state.paths}>
                  <ErrorBoundary of={panel.state} fallback={(error) => <BrokenPanel error={error} />}>
                    <App state={panel.state} />
                  </ErrorBoundary>
                </KnownPaths.Provider>
              </FileInfos.Provider>
            </FoundPassages.Provider>
          </Citations.Provider>
        </Images.Provider>
      </Context.Provider>,
      element,
    );
  };
  const panel = new Panel(connectHost(), frameScheduler(draw));
  const context = { ...words, panel };
  draw();
  panel.start();
}
