// What a stage provides, as data.
import { canonicalJson, sha256 } from '../../../core/encoding/digest.ts';
import { encode, type Encoded } from '../../../core/encoding/encoding.ts';
import { reasonOf } from '../../../core/errors/errors.ts';
import type { GraphNode } from '../../../dsl/graph/graph.ts';
import { ON_DEVICE, type Parts } from '../../keys/identity.ts';

export interface EncodedValues {
  readonly digests: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<string, Encoded>;
  /** Why some of it cannot be kept. */
  readonly why: string | undefined;
}

/** @param isKnown which typed arrays still hold what they held when they were encoded last */
export async function encodedValues(
  { provides, stage: { spec } }: GraphNode,
  adds: Readonly<Record<string, unknown>>,
  parts: Parts,
  isKnown: (of: object) => boolean,
): Promise<EncodedValues> {
  const { constants = {} } = spec;
  const values = new Map<string, Encoded>();
  const digests: Record<string, string> = {};
  let why: string | undefined;
  for (const key of provides) {
    try {
      if (Object.hasOwn(constants, key)) {
        // A constant is as well known as the stage itself, whatever the stage read.
        const own = Object.entries(parts).filter(([part]) => !part.startsWith('input ') && !ON_DEVICE.includes(part));
        digests[key] = await sha256(canonicalJson([key, own]));
        continue;
      }
      const encoded = await encode(adds[key], isKnown);
      digests[key] = encoded.digest;
      values.set(key, encoded);
    } catch (error) {
      why ??= `'${key}': ${reasonOf(error)}`;
    }
  }
  return { digests, values, why };
}
