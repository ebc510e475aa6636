// SHA-256, the one digest of this package. Web Crypto, so that Node and browsers share the code; but its way through another
// thread takes longer than the digest of a short text, of which a run has hundreds, and Node has a way without.

interface NodeCrypto {
  createHash(algorithm: 'sha256' | 'md5'): { update(bytes: Uint8Array): { digest(encoding: 'hex'): string } };
}
const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto } };
const node = process?.getBuiltinModule?.('node:crypto');
const SHORT_BYTES = 1 << 16;

/** Lower-case hex SHA-256 of bytes, or of text as UTF-8. */
export async function sha256(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  if (node && bytes.length <= SHORT_BYTES) return node.createHash('sha256').update(bytes).digest('hex');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Lower-case hex MD5, by which others say what they publish; undefined in a page, which cannot tell. */
export function md5(bytes: Uint8Array): string | undefined {
  return node?.createHash('md5').update(bytes).digest('hex');
}

const digests = new WeakMap<object, Promise<string>>();

/** Digest of what a typed array or a buffer holds; read once where it is `known` to hold what it held then. */
export function digestOf(of: object, bytes: Uint8Array, known: boolean): Promise<string> {
  let pending = known ? digests.get(of) : undefined;
  if (!pending) digests.set(of, (pending = sha256(bytes)));
  return pending;
}

/** Says the digest of what was just made of bytes that have it. */
export function knowDigest(of: object, digest: string): void {
  digests.set(of, Promise.resolve(digest));
}

/** JSON whose text does not depend on the order in which keys were written. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
