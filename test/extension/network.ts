import net from 'node:net';

/** Attempted connections of this process to other machines; all of them were refused. */
export interface ForeignConnections {
  readonly found: readonly string[];
  release(): void;
}

/**
 * Refuses, from now on, every connection of this process to another machine, and records its address. It
 * patches sockets, which every kind of request uses.
 */
export function refuseForeignConnections(): ForeignConnections {
  const found: string[] = [];
  const { prototype } = net.Socket;
  // Called with the socket as `this`, like the original.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const original = prototype.connect as (this: net.Socket, ...args: unknown[]) => net.Socket;
  const guarded = function (this: net.Socket, ...args: unknown[]): net.Socket {
    const host = hostOf(args);
    if (host === undefined || isLoopback(host)) return original.apply(this, args);
    found.push(`${host}\n${new Error().stack ?? ''}`);
    return this.destroy(new Error(`This test lets nothing leave the machine: ${host}`));
  };
  Object.assign(prototype, { connect: guarded });
  return { found, release: () => void Object.assign(prototype, { connect: original }) };
}

/** The host that a socket connects to; undefined for a pipe. */
function hostOf(args: unknown[]): string | undefined {
  // Node's `connect` passes its arguments as one array.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    // HTTP passes `null` for no pipe.
    const { path, host } = first as net.TcpNetConnectOpts & { path?: string | null };
    return path ? undefined : (host ?? 'localhost');
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return undefined;
  return typeof second === 'string' ? second : 'localhost';
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1|\[::1\]|::ffff:127(\.\d+){3})$/i.test(host);
}
