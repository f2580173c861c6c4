package org.lookalike.image;

import java.time.Duration;

/**
 * What one picture may cost.
 *
 * @param maxBytes size of the encoded file
 * @param maxPixels width times height, counted before any pixel is decoded
 * @param timeout for decoding, on the thread that decodes
 */
public record DecodeLimits(long maxBytes, long maxPixels, Duration timeout) {

  /** More would not fit into one array of four bytes a pixel. */
  public static final long MOST_PIXELS = 500_000_000;

  public DecodeLimits {
    if (maxPixels > MOST_PIXELS) {
      throw new IllegalArgumentException(
          "at most " + MOST_PIXELS + " pixels can be decoded, found a limit of " + maxPixels);
    }
    if (maxBytes < 1 || maxPixels < 1 || timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException(
          "limits must be positive, found "
              + maxBytes
              + " bytes, "
              + maxPixels
              + " pixels, "
              + timeout);
    }
  }
}
