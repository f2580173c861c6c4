package org.lookalike.image;

/** VP8L's transforms, undone on pixels in place. */
final class Vp8lTransform {

  static final int PREDICTOR = 0;
  static final int COLOUR = 1;
  static final int SUBTRACT_GREEN = 2;
  static final int INDEXING = 3;

  private static final int BLACK = 0xFF000000;

  private Vp8lTransform() {}

  /**
   * Adds to each pixel what was predicted, by the mode of its block, from those above and to the
   * left.
   */
  static void addPrediction(int[] pixels, int width, int[] modes, int blockBits) {
    int blocksAcross = Math.ceilDiv(width, 1 << blockBits);
    for (int at = 0; at < pixels.length; at++) {
      int x = at % width;
      int y = at / width;
      int predicted;
      if (at == 0) {
        predicted = BLACK;
      } else if (y == 0) {
        predicted = pixels[at - 1];
      } else if (x == 0) {
        predicted = pixels[at - width];
      } else {
        int mode = modes[(y >> blockBits) * blocksAcross + (x >> blockBits)] >> 8 & 0xF;
        predicted =
            predicted(
                mode,
                pixels[at - 1],
                pixels[at - width],
                pixels[at - width + 1],
                pixels[at - width - 1]);
      }
      pixels[at] = sum(pixels[at], predicted);
    }
  }

  private static int predicted(int mode, int left, int above, int right, int corner) {
    return switch (mode) {
      case 1 -> left;
      case 2 -> above;
      case 3 -> right;
      case 4 -> corner;
      case 5 -> mean(mean(left, right), above);
      case 6 -> mean(left, corner);
      case 7 -> mean(left, above);
      case 8 -> mean(corner, above);
      case 9 -> mean(above, right);
      case 10 -> mean(mean(left, corner), mean(above, right));
      case 11 -> nearer(left, above, corner);
      case 12 -> gradient(left, above, corner);
      case 13 -> halfGradient(mean(left, above), corner);
      default -> BLACK;
    };
  }

  private static int sum(int a, int b) {
    int even = (a & 0x00FF00FF) + (b & 0x00FF00FF) & 0x00FF00FF;
    int odd = (a >>> 8 & 0x00FF00FF) + (b >>> 8 & 0x00FF00FF) & 0x00FF00FF;
    return odd << 8 | even;
  }

  private static int mean(int a, int b) {
    return (((a ^ b) & 0xFEFEFEFE) >>> 1) + (a & b);
  }

  private static int nearer(int left, int above, int corner) {
    int difference = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int c = corner >>> shift & 0xFF;
      difference += Math.abs((left >>> shift & 0xFF) - c) - Math.abs((above >>> shift & 0xFF) - c);
    }
    return difference <= 0 ? above : left;
  }

  private static int gradient(int left, int above, int corner) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int level = (left >>> shift & 0xFF) + (above >>> shift & 0xFF) - (corner >>> shift & 0xFF);
      result |= Math.max(0, Math.min(255, level)) << shift;
    }
    return result;
  }

  private static int halfGradient(int mean, int corner) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int level = mean >>> shift & 0xFF;
      level += (level - (corner >>> shift & 0xFF)) / 2;
      result |= Math.max(0, Math.min(255, level)) << shift;
    }
    return result;
  }

  /** Adds to red and blue the shares of green and red that the parameters of each block give. */
  static void addShares(int[] pixels, int width, int[] shares, int blockBits) {
    int blocksAcross = Math.ceilDiv(width, 1 << blockBits);
    for (int at = 0; at < pixels.length; at++) {
      int share = shares[(at / width >> blockBits) * blocksAcross + (at % width >> blockBits)];
      int green = (byte) (pixels[at] >> 8);
      int red = (pixels[at] >> 16) + part((byte) share, green) & 0xFF;
      int blue =
          pixels[at] + part((byte) (share >> 8), green) + part((byte) (share >> 16), (byte) red)
              & 0xFF;
      pixels[at] = pixels[at] & 0xFF00FF00 | red << 16 | blue;
    }
  }

  private static int part(int share, int level) {
    return share * level >> 5;
  }

  static void addGreen(int[] pixels) {
    for (int i = 0; i < pixels.length; i++) {
      int green = pixels[i] >> 8 & 0xFF;
      pixels[i] =
          pixels[i] & 0xFF00FF00 | (pixels[i] & 0x00FF00FF) + (green << 16 | green) & 0x00FF00FF;
    }
  }

  /** A palette, stored as differences, in full; indices beyond it mean transparent black. */
  static int[] palette(int[] differences) {
    int[] palette = new int[256];
    for (int i = 0; i < differences.length; i++) {
      palette[i] = sum(differences[i], i == 0 ? 0 : palette[i - 1]);
    }
    return palette;
  }

  /**
   * The colours of indices, of which each green holds {@code 1 << packing}, the first in the lowest
   * bits.
   */
  static int[] lookUp(int[] packed, int width, int height, int[] palette, int packing) {
    int packedWidth = Math.ceilDiv(width, 1 << packing);
    int bits = 8 >> packing;
    int[] pixels = new int[width * height];
    for (int y = 0, to = 0; y < height; y++) {
      for (int x = 0; x < width; x++, to++) {
        int green = packed[y * packedWidth + (x >> packing)] >> 8 & 0xFF;
        int shift = (x & (1 << packing) - 1) * bits;
        pixels[to] = palette[green >> shift & (1 << bits) - 1];
      }
    }
    return pixels;
  }
}
