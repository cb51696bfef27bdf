/**
 * The 20 convolutions of ResNet-18 (He et al. 2016) for ImageNet: rows = filters, columns = kernel positions. Names are
 * torchvision's. The three 1x1 convolutions are the downsampling shortcuts. 11,166,912 entries in all.
 */
export const resnet18Layers: readonly { name: string; rows: number; cols: number }[] = [
  { name: 'conv1', rows: 64, cols: 7 * 7 * 3 },
  ...[64, 128, 256, 512].flatMap((filters, stage) => {
    const entering = stage === 0 ? 64 : filters / 2;
    const name = (block: number, part: string) => `layer${stage + 1}.${block}.${part}`;
    return [
      { name: name(0, 'conv1'), rows: filters, cols: 9 * entering },
      { name: name(0, 'conv2'), rows: filters, cols: 9 * filters },
      ...(stage === 0 ? [] : [{ name: name(0, 'downsample.0'), rows: filters, cols: entering }]),
      { name: name(1, 'conv1'), rows: filters, cols: 9 * filters },
      { name: name(1, 'conv2'), rows: filters, cols: 9 * filters },
    ];
  }),
];
