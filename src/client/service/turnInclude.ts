import { includesTurn } from '../../protocol/turns';

const name = 'include[]';

/**
 * Asks a server to include model turns in run steps, an addition of our engine to the API, until it rejects
 * that.
 */
export class TurnInclude {
  private isRejected = false;

  /** Removes the value from a request to a server that has rejected it. */
  adapt(url: URL): void {
    if (this.isRejected) removeFrom(url);
  }

  /** Whether this is the rejection of a request that asked for turns; it can then be repeated without. */
  async isRejectedBy(response: Response, url: URL): Promise<boolean> {
    if (![400, 422].includes(response.status) || !url.searchParams.getAll(name).includes(includesTurn))
      return false;
    if (!/include|turn/i.test(await response.clone().text())) return false;
    this.isRejected = true;
    return true;
  }
}

function removeFrom({ searchParams }: URL): void {
  const others = searchParams.getAll(name).filter((value) => value !== includesTurn);
  searchParams.delete(name);
  for (const value of others) searchParams.append(name, value);
}
