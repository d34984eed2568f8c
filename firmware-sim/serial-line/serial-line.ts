/**
 * The wire between a simulated microcontroller and a reader. Like a UART it does not wait: what nobody reads in time
 * is gone, and is counted.
 */
export interface SerialLine {
  /** What an agent's configuration names: a device path for a `serial` source, or host and port for a `tcp` source. */
  readonly address:
    | { readonly kind: 'pty'; readonly path: string }
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number };
  /** False when the bytes were dropped whole because the line is busy. */
  write(bytes: Uint8Array): boolean;
  close(): Promise<void>;
}

/** Bytes that may wait for a slow reader before writes are dropped. */
export const LINE_BUFFER_BYTES = 65_536;
