package org.lookalike.image;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory, as the JDK's decoders want to read it. It fails once the deadline has passed,
 * and remembers whether somebody asked for more than there is: some decoders then make up the rest
 * of the picture.
 */
final class ByteImageStream extends ImageInputStreamImpl {

  /** Decoders ask for large pieces; small ones make them come back, and meet the deadline. */
  private static final int LARGEST_PIECE = 4096;

  private final byte[] bytes;
  private final int length;
  private final Deadline deadline;
  private boolean exhausted;

  ByteImageStream(byte[] bytes, Deadline deadline) {
    this(bytes, bytes.length, deadline);
  }

  /** A stream of the first {@code length} bytes. */
  ByteImageStream(byte[] bytes, int length, Deadline deadline) {
    this.bytes = bytes;
    this.length = length;
    this.deadline = deadline;
  }

  boolean wasExhausted() {
    return exhausted;
  }

  @Override
  public int read() throws IOException {
    bitOffset = 0;
    if (streamPos >= length) {
      return end();
    }
    return bytes[(int) streamPos++] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int most) throws IOException {
    deadline.check();
    bitOffset = 0;
    if (most == 0) {
      return 0;
    }
    if (streamPos >= length) {
      return end();
    }
    int count = (int) Math.min(Math.min(most, LARGEST_PIECE), length - streamPos);
    System.arraycopy(bytes, (int) streamPos, target, offset, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return length;
  }

  private int end() throws IOException {
    deadline.check();
    exhausted = true;
    return -1;
  }
}
