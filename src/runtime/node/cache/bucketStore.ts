// The stage cache in a bucket of S3 or of what talks like it, for machines that share no folder. An object appears whole or not at all,
// and what is read is checked as in a folder. Blobs that went through here stay in the folder of this machine, too: a later run asks
// whether they are still in the bucket, and reads them here. The client is loaded when a bucket is asked for: most users have none.
import type { S3Client } from '@aws-sdk/client-s3';
import { sha256 } from '../../../core/encoding/digest.ts';
import { PipelineError, reasonOf } from '../../../core/errors/errors.ts';
import type { CacheStore } from '../../keys/cache.ts';
import { sha256Of } from '../files/sha256.ts';
import { shownUrl, withoutCredentials } from '../files/urls.ts';

export interface BucketStore extends CacheStore {
  /** `s3://bucket/prefix`. */
  readonly folder: string;
  /** @throws E_USAGE, E_QUEUE where the bucket cannot be used */
  ready(): Promise<void>;
  size(): Promise<{ readonly entries: number; readonly bytes: number }>;
  clear(): Promise<void>;
}

type Sdk = typeof import('@aws-sdk/client-s3');
type Env = Readonly<Record<string, string | undefined>>;

const PACKAGE = '@aws-sdk/client-s3';
/** With the waits between them some ten seconds. AWS_MAX_ATTEMPTS sets another number. */
const ATTEMPTS = 8;
const CONNECT_MS = 5000;
/** A line on which nothing moves for so long is cut. */
const SILENT_MS = 60_000;
/** The client asks again for an answer, not for the rest of one that was cut. */
const BODY_ATTEMPTS = 3;
const USER_ERRORS = /AccessDenied|AccessKey|Signature|Token|Credential|Forbidden|Unauthorized/;

/** @param local where blobs stay on this machine */
export function bucketStore(url: string, local: Pick<CacheStore, 'getBlob' | 'putBlob'>, env: Env = process.env): BucketStore {
  const [, Bucket = '', path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/([^?#@]*))?$/.exec(url) ?? [];
  const prefix = path.replace(/\/*$/, path === '' ? '' : '/');
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (endpoint ? 'us-east-1' : undefined);
  const named = `The bucket ${Bucket} at ${endpoint ? shownUrl(endpoint) : `AWS${region ? `, ${region}` : ''}`}`;

  let opened: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined;
  const open = async (): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> => {
    if (Bucket === '') throw new PipelineError('E_USAGE', 'PIPELINE_CACHE begins with s3:// and names no bucket.', { hint: 'Write s3://bucket/prefix.' });
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'; // which Node there is, is not for a run to say
    const sdk = await import('@aws-sdk/client-s3').catch((cause: unknown) => {
      throw new PipelineError('E_USAGE', `A cache in ${Bucket} needs the package ${PACKAGE}, which is not installed.`, {
        hint: `Install it: npm install ${PACKAGE}`,
        cause,
      });
    });
    const client = new sdk.S3Client({
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      ...(region ? { region } : {}),
      ...(env['AWS_MAX_ATTEMPTS'] ? {} : { maxAttempts: ATTEMPTS }),
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
      // Digests say more, and not every server knows checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    return { sdk, client };
  };
  /** @returns undefined where there is no such object */
  const ask = async <T>(what: (client: S3Client, sdk: Sdk) => Promise<T>): Promise<T | undefined> => {
    const { client, sdk } = await (opened ??= open());
    try {
      return await what(client, sdk);
    } catch (error) {
      const { name, $metadata } = error as { readonly name: string; readonly $metadata?: { readonly httpStatusCode?: number } };
      const status = $metadata?.httpStatusCode;
      if (status === 404 && name !== 'NoSuchBucket') return undefined;
      throw unusable(named, name, status, error);
    }
  };
  const read = (name: string): Promise<Uint8Array | undefined> =>
    ask(async (client, { GetObjectCommand }) => {
      for (let attempt = 1; ; attempt++) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: prefix + name }));
        try {
          return await Body!.transformToByteArray();
        } catch (error) {
          if (attempt === BODY_ATTEMPTS) throw error;
        }
      }
    });
  const write = async (name: string, bytes: Uint8Array | string, ChecksumSHA256?: string): Promise<void> => {
    const object = { Bucket, Key: prefix + name, Body: bytes, ...(ChecksumSHA256 ? { ChecksumSHA256 } : {}) };
    await ask((client, { PutObjectCommand }) => client.send(new PutObjectCommand(object)));
  };
  const remove = async (name: string): Promise<void> => {
    await ask((client, { DeleteObjectCommand }) => client.send(new DeleteObjectCommand({ Bucket, Key: prefix + name })));
  };
  /** What the server says of an object: 'same' where it knows the digest, 'there' where it knows none. */
  const look = async (digest: string): Promise<'same' | 'there' | undefined> => {
    const object = { Bucket, Key: prefix + blobOf(digest), ChecksumMode: 'ENABLED' as const };
    const found = await ask((client, { HeadObjectCommand }) => client.send(new HeadObjectCommand(object)));
    if (!found?.ChecksumSHA256) return found && 'there';
    return found.ChecksumSHA256 === base64Of(digest) ? 'same' : undefined;
  };
  const list = async (folder: string): Promise<readonly { readonly name: string; readonly bytes: number }[]> => {
    const found: { name: string; bytes: number }[] = [];
    for (let ContinuationToken: string | undefined, more = true; more; more = ContinuationToken !== undefined) {
      const page = await ask((client, { ListObjectsV2Command }) =>
        client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix + folder, ...(ContinuationToken ? { ContinuationToken } : {}) })),
      );
      found.push(...(page?.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ name: Key.slice(prefix.length), bytes: Size })));
      ContinuationToken = page?.NextContinuationToken;
    }
    return found;
  };
  const lists = async () => Promise.all([list('entries/'), list('blobs/'), list('checkpoints/')]);

  return {
    folder: `s3://${Bucket}/${prefix}`.replace(/\/$/, ''),
    ready: async () => void (await read('entries/none')),
    async getText(key) {
      const bytes = await read(`entries/${key}`);
      const [digest, ...lines] = new TextDecoder().decode(bytes).split('\n');
      const text = lines.join('\n');
      return digest === sha256Of(text) ? text : undefined;
    },
    putText: (key, text) => write(`entries/${key}`, `${sha256Of(text)}\n${text}`),
    async getBlob(digest) {
      const own = await local.getBlob(digest);
      // Others need it in the bucket: one that is only here is none.
      if (own) return (await look(digest)) && own;
      const bytes = await read(blobOf(digest));
      if (!bytes) return undefined;
      if ((await sha256(bytes)) === digest) {
        await local.putBlob(digest, bytes).catch(() => {});
        return bytes;
      }
      await remove(blobOf(digest)).catch(() => {});
      return undefined;
    },
    hasBlob: async (digest) => (await look(digest)) !== undefined,
    async putBlob(digest, bytes) {
      if ((await look(digest)) === 'same') return;
      // Somebody may have written to them since their digest was taken.
      if ((await sha256(bytes)) !== digest) return;
      await write(blobOf(digest), bytes, base64Of(digest));
      await local.putBlob(digest, bytes).catch(() => {});
    },
    load: (name) => read(`checkpoints/${name}`),
    save: (name, bytes) => write(`checkpoints/${name}`, bytes),
    remove: (name) => remove(`checkpoints/${name}`),
    async size() {
      const all = await lists();
      return { entries: all[0]!.length, bytes: all.flat().reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    async clear() {
      for (const { name } of (await lists()).flat()) await remove(name);
    },
  };
}

const blobOf = (digest: string): string => `blobs/${digest}`;
const base64Of = (digest: string): string => Buffer.from(digest, 'hex').toString('base64');

/** Without the client's error: it may hold the request, signed, with the session's token. */
function unusable(named: string, name: string, status: number | undefined, error: unknown): PipelineError {
  if (name === 'NoSuchBucket')
    return new PipelineError('E_QUEUE', `${named} is not there.`, { hint: 'Make it, or correct PIPELINE_CACHE or AWS_ENDPOINT_URL.' });
  if (status === 401 || status === 403 || USER_ERRORS.test(name)) {
    return new PipelineError('E_QUEUE', `${named} does not let this user in: ${name}.`, {
      hint: 'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where there is one, AWS_SESSION_TOKEN, of a user who may read, write and list there.',
    });
  }
  const why = status === undefined ? withoutCredentials(reasonOf(error)) : `HTTP ${status}, ${name}`;
  return new PipelineError('E_QUEUE', `${named} cannot be used: ${why}`, {
    hint: 'See that the server runs there; AWS_ENDPOINT_URL and AWS_REGION say where.',
  });
}
