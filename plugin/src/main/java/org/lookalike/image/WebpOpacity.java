package org.lookalike.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The chunk ALPH, which holds the opacity of a lossy picture: filtered rows, as they are or as the
 * green of a VP8L.
 */
final class WebpOpacity {

  private WebpOpacity() {}

  /** One byte for each pixel; 255 is opaque. */
  static byte[] decode(ByteBuffer chunk, int width, int height, Deadline deadline)
      throws IOException, ImageException {
    int flags = chunk.get(0);
    ByteBuffer content = chunk.slice(1, chunk.limit() - 1);
    byte[] levels = new byte[width * height];
    switch (flags & 3) {
      case 0 -> content.get(0, levels);
      case 1 -> green(content, width, height, levels, deadline);
      default -> throw ImageException.damaged("its transparency has an unknown compression");
    }
    unfilter(levels, width, height, flags >> 2 & 3);
    return levels;
  }

  private static void green(
      ByteBuffer content, int width, int height, byte[] levels, Deadline deadline)
      throws IOException, ImageException {
    int[] pixels = Vp8lDecoder.decodeHeadless(content, width, height, deadline);
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) (pixels[i] >> 8);
    }
  }

  /**
   * Adds what each level was predicted from: 1 the left, 2 the one above, 3 left + above - corner.
   */
  private static void unfilter(byte[] levels, int width, int height, int filter) {
    if (filter == 0) {
      return;
    }
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at++) {
        int left = x > 0 ? levels[at - 1] & 0xFF : 0;
        int above = y > 0 ? levels[at - width] & 0xFF : 0;
        int predicted;
        if (y == 0) {
          predicted = left;
        } else if (x == 0 || filter == 2) {
          predicted = above;
        } else if (filter == 1) {
          predicted = left;
        } else {
          predicted = Math.max(0, Math.min(255, left + above - (levels[at - width - 1] & 0xFF)));
        }
        levels[at] += (byte) predicted;
      }
    }
  }
}
