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

  public DecodeLimits {
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
