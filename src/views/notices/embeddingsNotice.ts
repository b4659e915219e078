import * as vscode from 'vscode';
import { onDidChangeSetting } from '../../client/settings';
import { runCommand } from '../../client/commands';
import { embeddingsModel, isStale } from '../../client/models/embeddingsSetting';
import { isUnsupported } from '../../client/errors/errors';
import { storeName } from '../../client/files/knowledge';
import { showInformation } from '../../client/errors/notices';
import type { Services } from '../../client/services';
import { StoreList } from '../../client/files/storeList';

/** Maximum number of stores that the notice names. */
const maxNamed = 3;

/** Offers to rebuild indexes when another embeddings model is set; until then they are searched by keywords only. */
export class EmbeddingsNotice implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(private readonly services: Services) {
    this.subscription = onDidChangeSetting('embeddings', () => {
      this.offer().catch(services.reporter.log);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async offer(): Promise<void> {
    const model = embeddingsModel();
    if (model === undefined) return;
    const stale = (await this.stores()).filter((store) => isStale(store, model));
    if (stale.length === 0) return;
    const names = stale.slice(0, maxNamed).map((store) => `“${storeName(store)}”`);
    const more = stale.length > maxNamed ? ', …' : '';
    const rebuild = vscode.l10n.t('Rebuild Index');
    const answer = await showInformation(
      vscode.l10n.t(
        'Indexed with another embeddings model, and searched by keywords only until the index is rebuilt: {0}',
        names.join(', ') + more,
      ),
      rebuild,
    );
    if (answer !== rebuild) return;
    for (const { id } of stale) {
      await runCommand('rebuildIndex', { vectorStoreId: id });
    }
  }

  private async stores() {
    try {
      return await new StoreList(this.services.client).readStores();
    } catch (error) {
      if (isUnsupported(error)) return [];
      throw error;
    }
  }
}
