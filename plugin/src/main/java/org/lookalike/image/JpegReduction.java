package org.lookalike.image;

import java.util.Arrays;

/**
 * A decoded JPEG at a half, quarter or eighth of its scale, as libjpeg would have decoded it at
 * that scale, which is how Pillow reads large files.
 *
 * <p>libjpeg's reduced inverse transforms give means of blocks. But chroma that was stored at half
 * resolution it reduces from there, while here it comes already interpolated; the mean of
 * interpolated samples would be a blur. The interpolation's triangle filter is undone by giving the
 * samples at a block's edges one and a half times the weight and those beyond the edges minus a
 * half.
 */
final class JpegReduction {

  /** How a component was stored along one axis. */
  enum Storage {
    FULL,
    HALF,
    /**
     * Half along this axis alone: libjpeg reduces it by twice the factor, and interpolates it
     * again.
     */
    HALF_HERE_ONLY
  }

  private final byte[] samples;
  private final int width;
  private final int height;
  private final int channels;
  private final int factor;

  JpegReduction(byte[] samples, int width, int height, int channels, int factor) {
    this.samples = samples;
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.factor = factor;
  }

  /**
   * Interleaved samples of the smaller picture; {@code across} and {@code down} have one entry for
   * each component.
   */
  byte[] reduced(Storage[] across, Storage[] down) {
    int columns = Math.ceilDiv(width, factor);
    int rows = Math.ceilDiv(height, factor);
    byte[] means = new byte[columns * rows * channels];
    int[] plain = new int[width * channels];
    int[] sharp = new int[width * channels];
    int[] line = new int[columns];
    for (int row = 0; row < rows; row++) {
      sumRows(row, plain, sharp);
      for (int channel = 0; channel < channels; channel++) {
        int[] sums = down[channel] == Storage.FULL ? plain : sharp;
        sumColumns(sums, channel, across[channel], line);
        int to = row * columns * channels + channel;
        int whole = 4 * factor * factor; // both sums are doubled
        for (int column = 0; column < columns; column++, to += channels) {
          // Ties go up and down in turn: rounding them all up would brighten the picture.
          int half = whole / 2 - (row + column & 1);
          means[to] = (byte) Math.max(0, Math.min(255, Math.floorDiv(line[column] + half, whole)));
        }
      }
    }
    return means;
  }

  /**
   * Twice the sums over the rows of a block: {@code plain} of the block alone, {@code sharp} with
   * its edges weighted.
   */
  private void sumRows(int block, int[] plain, int[] sharp) {
    Arrays.fill(plain, 0);
    for (int i = 0; i < factor; i++) {
      add(block * factor + i, 2, plain);
    }
    System.arraycopy(plain, 0, sharp, 0, plain.length);
    add(block * factor - 1, -1, sharp);
    add(block * factor, 1, sharp);
    add(block * factor + factor - 1, 1, sharp);
    add(block * factor + factor, -1, sharp);
  }

  private void add(int row, int weight, int[] sums) {
    int from = Math.max(0, Math.min(height - 1, row)) * width * channels;
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * (samples[from + i] & 0xFF);
    }
  }

  private void sumColumns(int[] sums, int channel, Storage storage, int[] line) {
    for (int column = 0; column < line.length; column++) {
      int block = column * factor;
      line[column] =
          switch (storage) {
            case FULL -> 2 * sum(sums, channel, block, factor);
            case HALF -> sharpSum(sums, channel, block, factor);
            case HALF_HERE_ONLY -> {
              int own = column / 2 * 2 * factor;
              int next = own + (column % 2 == 0 ? -2 : 2) * factor;
              int edge = (width - 1) / (2 * factor) * 2 * factor;
              int beside = Math.max(0, Math.min(edge, next));
              int wide = 2 * factor;
              yield (3 * sharpSum(sums, channel, own, wide) + sharpSum(sums, channel, beside, wide))
                  / 8;
            }
          };
    }
  }

  private int sharpSum(int[] sums, int channel, int from, int count) {
    int last = from + count - 1;
    return 2 * sum(sums, channel, from, count)
        + at(sums, channel, from)
        - at(sums, channel, from - 1)
        + at(sums, channel, last)
        - at(sums, channel, last + 1);
  }

  private int sum(int[] sums, int channel, int from, int count) {
    int sum = 0;
    if (from + count <= width) {
      int end = (from + count) * channels;
      for (int i = from * channels + channel; i < end; i += channels) {
        sum += sums[i];
      }
      return sum;
    }
    for (int i = from; i < from + count; i++) {
      sum += at(sums, channel, i);
    }
    return sum;
  }

  private int at(int[] sums, int channel, int column) {
    return sums[Math.max(0, Math.min(width - 1, column)) * channels + channel];
  }
}
