// A server of S3's interface on loopback, with one bucket in memory: as much of it as a cache needs. Requests must be signed (AWS
// Signature Version 4) with its key; it can be made to fail, and its objects to be damaged.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export const KEY_ID = 'AKIDOFTESTS';
export const KEY = 'secret-key-of-the-tests';

interface Stored {
  bytes: Uint8Array;
  readonly checksum: string | undefined;
}

export interface Bucket {
  readonly url: string;
  readonly endpoint: string;
  /** For processes that use it. */
  readonly env: Readonly<Record<string, string>>;
  readonly objects: Map<string, Stored>;
  /** Methods and names of all requests that were let in. */
  readonly asked: string[];
  /** So many requests are answered with 503 from now on. */
  failing: number;
  /** So many answers are cut in the middle from now on. */
  cutting: number;
  /** Whether it keeps and tells checksums. */
  checksums: boolean;
}

export async function bucket(): Promise<Bucket> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = 's3://results/of/tests';
  const env = { PIPELINE_CACHE: url, AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: KEY };
  const own: Bucket = { url, endpoint, env, objects: new Map(), asked: [], failing: 0, cutting: 0, checksums: true };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const { pathname, searchParams } = new URL(request.url!, endpoint);
    const [, named, ...rest] = decodeURIComponent(pathname).split('/');
    const name = rest.join('/');
    const refuse = (status: number, code: string): void => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(request.method === 'HEAD' ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said by ${code}</Message></Error>`);
    };
    if (own.failing > 0) {
      own.failing--;
      return refuse(503, 'SlowDown');
    }
    const fault = faultOf(request, body);
    if (fault) return refuse(403, fault);
    own.asked.push(`${request.method} ${name}`);
    if (named !== 'results') return refuse(404, 'NoSuchBucket');
    const found = own.objects.get(name);
    const checksum = own.checksums ? (request.headers['x-amz-checksum-sha256'] as string | undefined) : undefined;
    switch (request.method) {
      case 'PUT':
        if (checksum !== undefined && createHash('sha256').update(body).digest('base64') !== checksum) return refuse(400, 'BadDigest');
        own.objects.set(name, { bytes: body, checksum });
        return void response.end();
      case 'DELETE':
        own.objects.delete(name);
        return void response.writeHead(204).end();
      case 'GET':
        if (name === '') {
          // By twos: a list of a bucket comes in pages.
          const names = [...own.objects.keys()].filter((one) => one.startsWith(searchParams.get('prefix')!)).toSorted();
          const from = Number(searchParams.get('continuation-token') ?? 0);
          const page = names.slice(from, from + 2).map((one) => `<Contents><Key>${one}</Key><Size>${own.objects.get(one)!.bytes.length}</Size></Contents>`);
          const next = from + 2 < names.length ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : '';
          return void response.end(`<?xml version="1.0"?><ListBucketResult>${page.join('')}${next}</ListBucketResult>`);
        }
        if (!found) return refuse(404, 'NoSuchKey');
        response.writeHead(200, { 'content-length': found.bytes.length });
        if (own.cutting > 0) return void response.write(found.bytes.subarray(0, own.cutting--), () => response.destroy());
        return void response.end(found.bytes);
      default:
        if (!found) return refuse(404, 'NotFound');
        response.writeHead(200, { 'content-length': found.bytes.length, ...(found.checksum ? { 'x-amz-checksum-sha256': found.checksum } : {}) });
        return void response.end();
    }
  };
  return own;
}

/** What is wrong with the signature. */
function faultOf({ method, url, headers }: IncomingMessage, body: Uint8Array): string | undefined {
  const { authorization = '' } = headers;
  const [, id, scope, names, given] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(authorization) ?? [];
  if (id === undefined) return 'AccessDenied';
  if (id !== KEY_ID) return 'InvalidAccessKeyId';
  const digest = headers['x-amz-content-sha256'] as string;
  if (digest !== 'UNSIGNED-PAYLOAD' && digest !== hashed(body)) return 'XAmzContentSHA256Mismatch';
  const [path, query = ''] = url!.split('?');
  const signed = names!.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const request = [method, path, query.split('&').toSorted().join('&'), signed.join(''), names, digest].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hashed(request)].join('\n');
  const key = scope!.split('/').reduce<string | Buffer>((own, part) => createHmac('sha256', own).update(part).digest(), `AWS4${KEY}`);
  return createHmac('sha256', key).update(text).digest('hex') === given ? undefined : 'SignatureDoesNotMatch';
}

function hashed(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
