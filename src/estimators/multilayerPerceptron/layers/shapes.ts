// Shapes of layers. A convolution is a layer of units too: its filters look at each place of a picture, and of each two by two places
// the largest number is kept.

/** A picture on the device, line by line, with the numbers of a pixel side by side. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
  /** Numbers of a pixel, and floats that it takes: what layers make is padded to quads. */
  readonly channels: number;
  readonly stored: number;
}

/** What a layer of filters looks at, and where. */
export interface Convolution extends PictureSize {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Where a filter fits into the picture. */
  readonly placesHigh: number;
  readonly placesWide: number;
}

export interface LayerShape {
  readonly inputs: number;
  readonly units: number;
  /** Inputs lie in groups of so many, each of which takes `stored` floats on the device. */
  readonly channels: number;
  readonly stored: number;
  /** Of a layer that looks at pictures place by place. */
  readonly convolution?: Convolution | undefined;
}

export const quads = (count: number): number => Math.ceil(count / 4);

/** Layers of units alone. @param sizes of the features, the layers and the outputs */
export function denseShapes(sizes: readonly number[]): readonly LayerShape[] {
  return sizes.slice(1).map((units, i) => ({ inputs: sizes[i]!, units, channels: sizes[i]!, stored: quads(sizes[i]!) * 4 }));
}

/** Those that a model was made with. */
export function shapesOf({ cols, intercepts }: { readonly cols: number; readonly intercepts: readonly Float32Array[] }): readonly LayerShape[] {
  return denseShapes([cols, ...intercepts.map((own) => own.length)]);
}

/** Layers of filters, and layers of units behind them. @param kernelSize sides of what a filter looks at; no more than there is @param units of each layer of units */
export function convolutionalShapes(
  picture: Pick<PictureSize, 'height' | 'width' | 'channels'>,
  { filters, kernelSize }: { readonly filters: readonly number[]; readonly kernelSize: number },
  units: readonly number[],
): readonly LayerShape[] {
  const made: LayerShape[] = [];
  let seen: PictureSize = { ...picture, stored: picture.channels };
  for (const count of filters) {
    const [kernelHeight, kernelWidth] = [Math.min(kernelSize, seen.height), Math.min(kernelSize, seen.width)];
    const convolution = { ...seen, kernelHeight, kernelWidth, placesHigh: seen.height - kernelHeight + 1, placesWide: seen.width - kernelWidth + 1 };
    const { channels, stored } = seen;
    made.push({ inputs: kernelHeight * kernelWidth * channels, units: count, channels, stored, convolution });
    seen = { ...pooledOf(convolution), channels: count, stored: quads(count) * 4 };
  }
  const { height, width, channels, stored } = seen;
  const [first, ...rest] = units;
  const inputs = height * width * channels;
  return [...made, { inputs, units: first!, channels, stored }, ...denseShapes([first!, ...rest])];
}

/** Lines and columns that are left of a layer's picture. */
export function pooledOf({ placesHigh, placesWide }: Convolution): { readonly height: number; readonly width: number } {
  return { height: Math.ceil(placesHigh / 2), width: Math.ceil(placesWide / 2) };
}

/** Where an input lies among those of the device. */
export function placeOf({ channels, stored }: LayerShape, input: number): number {
  return Math.floor(input / channels) * stored + (input % channels);
}
