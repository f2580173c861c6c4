package org.lookalike.image;

import java.io.IOException;
import java.time.Duration;

/**
 * The moment at which decoding gives up. Decoders ask it on their own thread, as often as they read
 * or finish a row.
 */
final class Deadline {

  private final Duration timeout;
  private final long end;

  Deadline(Duration timeout) {
    this.timeout = timeout;
    this.end = System.nanoTime() + timeout.toNanos();
  }

  boolean hasPassed() {
    return System.nanoTime() - end >= 0;
  }

  void check() throws IOException {
    if (hasPassed()) {
      throw new IOException("out of time");
    }
  }

  ImageException exceeded() {
    return new ImageException(
        ImageException.Kind.TIMEOUT, "decoding took longer than " + timeout.toMillis() + " ms");
  }
}
