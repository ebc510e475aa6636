// Why a source did not deliver, and whether asking it again can help. Never leaves the file store: a user meets the
// E_FETCH error that lists these reasons.

/**
 * `final`: the same request would end the same way. `retry`: worth another try. `restart`: what arrived so far is of no
 * use, the file has to be read again from its first byte.
 */
export type FailureKind = 'final' | 'retry' | 'restart';

export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly kind: FailureKind;
  /** How long the server asked to wait. */
  readonly waitMs: number | undefined;
  /** HTTP status of an answer that is none. */
  readonly status: number | undefined;

  constructor(kind: FailureKind, message: string, waitMs?: number, status?: number) {
    super(message);
    this.kind = kind;
    this.waitMs = waitMs;
    this.status = status;
  }
}

/**
 * What the network says when another try may work. A host that is unknown, refuses or never answers is not asked again:
 * the next source is the better try, and a machine without a network should not wait long to hear it.
 */
const TRANSIENT = /^(ECONNRESET|ECONNABORTED|EPIPE|HPE_\w+|UND_ERR_(?!ABORTED|INVALID_ARG|CONNECT_TIMEOUT)\w+)$/;

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed early',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

/** Any error as a failure; its text never holds control characters, since parts of it may come from a server. */
export function asFailure(error: unknown): SourceFailure {
  if (error instanceof SourceFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  // A DOMException has a number here, which says nothing.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const kind = code !== undefined && TRANSIENT.test(code) ? 'retry' : 'final';
  const text = WORDS[code ?? ''] ?? message.replace(/\p{Cc}+/gu, ' ').trim();
  return new SourceFailure(kind, code === undefined || text.includes(code) ? text : `${text} (${code})`);
}
