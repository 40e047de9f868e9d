// How a change reaches the other replicas: not at all, by PostgreSQL's LISTEN/NOTIFY, or by Redis's publish/subscribe.
// None of the three keeps messages: whoever was away is told that it may have missed some.

/** What a transport reports to. */
export interface Receiver {
  message(text: string): void;
  /** The connection was lost, or is back after a loss: messages may have been missed. */
  interruption(): void;
}

/** A way to the other replicas. */
export interface Transport {
  /** False between the loss of the connection and its return. */
  readonly isConnected: boolean;
  send(text: string): Promise<void>;
  /** Rejects when the connection does not work. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** For one process on its embedded database: there is nobody else to tell. */
export const noTransport: Transport = {
  isConnected: true,
  send: async () => {},
  ping: async () => {},
  close: async () => {},
};
