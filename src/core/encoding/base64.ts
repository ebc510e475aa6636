// Bytes as base64, for JSON. Btoa takes a text, and a text of many bytes is put together piece by piece.

const PIECE = 8192;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  // Spread into a call, bytes are gone through one by one, which takes six times as long.
  for (let at = 0; at < bytes.length; at += PIECE) text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + PIECE));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
